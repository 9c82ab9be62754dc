"""Rows of a file, predicted and measured."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError
from reprise.inference.batch_scoring import plan, score
from reprise.inference.prediction_file import Output
from reprise.predictor import Conformal, Extras
from tests.unit.inference.models import ROW, loaded

LONG = [2**53 + 1, 2**53 + 2]


def scored(labels: list[object]) -> float:
    rows = pd.DataFrame([ROW | {"y": label, "id": str(2**63 - 1)} for label in labels])
    rows.to_csv("rows.csv", index=False)
    model, table = loaded(list(LONG)), open_rows("rows.csv")
    with Output(Path("out.csv")) as output:
        found = score(model, table, plan(model, table, ["id"]), output)
    return found.metrics["accuracy"]


def test_labels_and_kept_columns_keep_every_digit():
    assert scored([LONG[0], LONG[0]]) == 1.0
    assert scored([LONG[0], LONG[1]]) == 0.5
    assert list(pd.read_csv("out.csv")["id"]) == [2**63 - 1] * 2


def test_a_label_that_is_no_number_is_named():
    with pytest.raises(RepriseError, match="'y' must hold a whole number, got 'x' in row 2"):
        scored([LONG[0], "x"])


def bounded(
    output: str, keep: list[str], coverage: float, classes: list[str] | None = None
) -> None:
    pd.DataFrame([ROW | {"lower": 1}]).to_csv("rows.csv", index=False)
    model, table = loaded(classes), open_rows("rows.csv")
    model.model.conformal = Conformal(np.array([0.5, 1.0, 6.0]))
    with Output(Path(output)) as file:
        score(model, table, plan(model, table, keep, Extras(coverage=coverage)), file)


@pytest.mark.parametrize("output", ["out.csv", "out.parquet"])
def test_bounds_come_after_the_predictions(output):
    bounded(output, [], 0.5)
    found = pd.read_csv(output) if output.endswith("csv") else pd.read_parquet(output)
    assert found.to_dict("records") == [{"predicted": 5.0, "lower": 4.0, "upper": 6.0}]


def test_a_set_is_a_list_in_parquet_and_json_in_csv():
    bounded("out.csv", [], 0.75, ["ä, b", "c"])
    assert pd.read_csv("out.csv")["set"].tolist() == ['["ä, b", "c"]']
    bounded("out.parquet", [], 0.75, ["ä, b", "c"])
    assert pd.read_parquet("out.parquet")["set"][0].tolist() == ["ä, b", "c"]


def test_a_kept_column_and_a_bound_of_one_name_are_refused():
    with pytest.raises(RepriseError, match="got 'lower'"):
        bounded("out.csv", ["lower"], 0.5)
    bounded("out.csv", ["lower"], 0.0)


def test_a_coverage_that_cannot_be_had_is_refused_before_a_row_is_read():
    with pytest.raises(RepriseError, match=r"at most 0\.75"):
        bounded("out.csv", [], 0.9)
