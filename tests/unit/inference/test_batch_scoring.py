"""Rows of a file, predicted and measured."""

from pathlib import Path

import pandas as pd
import pytest

from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError
from reprise.inference.batch_scoring import plan, score
from reprise.inference.prediction_file import Output
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
