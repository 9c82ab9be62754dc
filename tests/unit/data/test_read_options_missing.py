"""What stands for a missing value in a table, as somebody has said."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data.read_options import ReadOptions
from reprise.data.row_stream import open_rows_with
from reprise.data.schema import Schema
from reprise.errors import RepriseError
from reprise.predictor import plain_features
from tests.as_asked import rows, saved, schema


def test_an_na_is_a_value_where_it_was_asked_to_be():
    source = saved(
        "country,x,y", *(f"{('NA', 'AS')[n % 2]},{n if n % 5 else 'NA'},{n / 8}" for n in range(30))
    )
    found = schema(source, missing="none")
    assert found.columns["country"].role == "category"
    assert found.missing["country"] == 0
    # In a column of numbers it is none.
    assert found.columns["x"].role == "number"
    assert found.read_as == {"x": "'NA' taken for missing in 6 rows"}
    assert found.decisions["missing"] == "empty fields, as asked"
    assert rows(source, found)["country"].tolist()[:2] == ["NA", "AS"]
    assert rows(source, found)["x"].isna().sum() == 6
    assert schema(source).missing["country"] == 15


def test_a_class_called_none_is_kept_by_the_remedy_that_the_error_names():
    source = saved("x,y", *(f"{n},{('None', 'Mild')[n % 2]}" for n in range(30)))
    with pytest.raises(
        RepriseError, match="'None' taken for missing in 15 rows: missing=none keeps"
    ):
        schema(source)
    assert schema(source, missing="none").classes == {"Mild": 15, "None": 15}


MARKED = {
    "a": [1, 2, -999, 4, 5.5],
    "price": ["$1,200", "$-999", "$3,000.50", "$10", "$-999.00"],
    "day": ["05.01.2024", "-999", "17.02.2024", None, "28.02.2024"],
    "kind": ["red", "blue", "-999", "red", "NA"],
    "flag": ["true", "false", "-999", "true", "true"],
    "code": ["007", "-999", "013", "001", "002"],
}


def marked(kind: str) -> str:
    frame = pd.DataFrame({name: values * 8 for name, values in MARKED.items()})
    frame["y"] = np.arange(40) / 3
    if kind == "csv":
        frame.to_csv("marked.csv", index=False)
    elif kind == "json":
        Path("marked.json").write_text(frame.to_json(orient="records"))
    else:
        getattr(frame, f"to_{kind}")(f"marked.{kind}")
    return f"marked.{kind}"


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_a_marker_is_missing_in_every_kind_of_column_of_every_format(kind):
    found = schema(marked(kind), missing="auto,-999")
    lost = {"a": 8, "price": 16, "day": 16, "code": 8}
    assert {name: found.missing[name] for name in lost} == lost
    roles = {name: column.role for name, column in found.columns.items()}
    expected = {
        "a": "number",
        "price": "number",
        "day": "date",
        "kind": "category",
    }
    assert roles | expected == roles
    assert "-999" in found.read_as["a"]
    for name in ("a", "day", "kind", "code"):
        assert "'-999' taken for missing in 8 rows" in found.read_as[name], name
    assert "'$-999.00' taken for missing in 8 rows" in found.read_as["price"]
    assert found.decisions["missing"] == "empty fields and the usual words, '-999', as asked"
    assert Schema.from_json(found.to_json()) == found


def as_read(frame: pd.DataFrame) -> Mapping[str, list[object]]:
    return frame.astype("object").where(frame.notna(), None).to_dict("list")


def test_scoring_and_serving_take_a_marker_for_missing_as_training_did():
    source = marked("csv")
    found = schema(source, missing="auto,-999")
    plain = as_read(rows(source, found))
    for name in found.columns:
        assert sum(each is None for each in plain[name]) == found.missing[name], name
    # What JSON has is what stands in the file, or the number itself.
    texts = pd.read_csv(source, dtype="str", keep_default_na=False)
    for values in (texts, pd.read_csv(source, dtype={"code": "str"})):
        if values["a"].dtype == "str":
            values = values.replace({"kind": {"NA": None}})
        assert as_read(plain_features(values, found.kinds)) == plain


def test_a_target_that_is_a_marker_is_no_target():
    source = saved("x,y", *(f"{n},{-200 if n % 5 == 0 else n / 8}" for n in range(40)))
    assert "y" in schema(source).read_as
    found = schema(source, missing="auto,-200")
    assert found.dropped_rows == {"target is missing": 8}
    assert found.read_as == {"y": "'-200' taken for missing in 8 rows"}
    read = open_rows_with(source, ReadOptions.parse(found.asked), ["y"])
    (batch,) = read.read(["y"])
    assert batch.plain({"y": found.target_kind})["y"].isna().sum() == 8


@pytest.mark.parametrize("spelled", ["-999", "-999.00", '"-9,990"'])
def test_a_number_that_stands_apart_goes_by_the_remedy_that_is_named(spelled):
    numbers = [f'"{1200 + n * 50:,}"' if "," in spelled else f"{n / 4}" for n in range(3, 43)]
    source = saved("x,y", *(f"{spelled if n % 4 == 0 else numbers[n]},{n / 8}" for n in range(40)))
    said = schema(source).read_as["x"]
    assert "stands apart in 10 rows: kept as a number; missing=auto," in said
    remedy = said.partition("missing=")[2].split()[0]
    found = schema(source, missing=remedy)
    assert found.missing["x"] == 10
    assert "stands apart" not in found.read_as["x"]
    assert "taken for missing in 10 rows" in found.read_as["x"]
    assert rows(source, found)["x"].isna().sum() == 10
