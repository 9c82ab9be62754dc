"""Every form of a column: a model reads of raw text what training read of it, bit for bit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from reprise.data.preparation import prepare
from reprise.data.raw_table import open_table
from reprise.data.row_stream import open_rows
from reprise.data.split_rule import PARTS
from reprise.data.table_files import write_table
from reprise.errors import RepriseError
from reprise.inference.bounds import Bounds
from reprise.inference.json_rows import rows_of
from reprise.inference.packed_rows import rows_of_csv
from reprise.predictor import plain_features
from tests.tables import RANDOM

DAYS = pd.date_range("2016-01-04", periods=24, freq="17D")
QUARTERS = [f"{year}Q{quarter}" for year in range(2010, 2016) for quarter in range(1, 5)]
MONTHS = ["Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sep", "Okt", "Nov", "Dez"]
N = range(1, 25)


def days(form: str) -> list[str]:
    return list(DAYS.strftime(form))


# Form -> (kind, fields, and where it is not plain the values that they are).
FORMS: dict[str, tuple[str, list[str], list[object] | None]] = {
    "whole": ("number", [str(n * 7) for n in N], [n * 7 for n in N]),
    "fraction": ("number", [repr(n / 7) for n in N], [n / 7 for n in N]),
    "power": ("number", [f"{n}e-3" for n in N], [n / 1000 for n in N]),
    "plus": ("number", [f"+{n}.5" for n in N], [n + 0.5 for n in N]),
    "minus sign": ("number:", [f"\u2212{n}" for n in N], [-n for n in N]),
    "sign": ("number:", [f"${n},250.10" for n in N], [n * 1000 + 250.1 for n in N]),
    "sign behind": ("number:", [f"{n},10 €" for n in N], [n + 0.1 for n in N]),
    "code": ("number:", [f"CHF {n}'000.50" for n in N], [n * 1000 + 0.5 for n in N]),
    "percent": ("number:", [f"{n}.90%" for n in N], [float(f"{n}.90") for n in N]),
    "per mille": ("number:", [f"{n} ‰" for n in N], list(N)),
    "comma": ("number:", [f"{n},105" for n in N], [n * 1000 + 105 for n in N]),
    "two commas": ("number:", [f"{n},105,000" for n in N], [n * 1_000_000 + 105_000 for n in N]),
    "point": ("number:", [f"{n}.105,5" for n in N], [n * 1000 + 105.5 for n in N]),
    "apostrophe": ("number:", [f"{n}'105" for n in N], [n * 1000 + 105 for n in N]),
    "typographic": ("number:", [f"{n}\u2019105" for n in N], [n * 1000 + 105 for n in N]),
    "blank": ("number:", [f"{n} 105" for n in N], [n * 1000 + 105 for n in N]),
    "no-break blank": ("number:", [f"{n}\u00a0105" for n in N], [n * 1000 + 105 for n in N]),
    "narrow blank": ("number:", [f"{n}\u202f105" for n in N], [n * 1000 + 105 for n in N]),
    "decimal comma": ("number:", [f"{n},25" for n in N], [n + 0.25 for n in N]),
    "accounting": ("number:", [f"({n})" if n % 3 else str(n) for n in N], None),
    "accounting money": ("number:", [f"(${n},000.00)" for n in N], [n * -1000 for n in N]),
    "unit": ("number:", [f"{n} months" if n > 1 else "1 month" for n in N], list(N)),
    "unit at once": ("number:", [f"{n}.5kg" for n in N], [n + 0.5 for n in N]),
    "multiples": ("number:", [f"{n}.7{'KM'[n % 2]}" for n in N], None),
    "money in millions": ("number:", [f"${n}M" for n in N], [n * 1_000_000 for n in N]),
    "question mark": ("number:", ["?", *(str(n) for n in N[1:])], [np.nan, *N[1:]]),
    "dash": ("number:", ["-", *(f"{n}%" for n in N[1:])], [np.nan, *N[1:]]),
    "words for nothing": ("number:", ["unknown", "n.d.", *map(str, N[2:])], None),
    "empty": ("number", ["", *map(str, N[1:])], [np.nan, *N[1:]]),
    "NA": ("number", ["NA", *map(str, N[1:])], [np.nan, *N[1:]]),
    "day": ("datetime:%Y-%m-%d", days("%Y-%m-%d"), None),
    "day first": ("datetime:%d/%m/%Y", days("%d/%m/%Y"), None),
    "month first": ("datetime:%m/%d/%Y", days("%m/%d/%Y"), None),
    "points": ("datetime:%d.%m.%Y", days("%d.%m.%Y"), None),
    "two digits": ("datetime:%d.%m.%y", days("%d.%m.%y"), None),
    "short month": ("datetime:%d-%b-%y", days("%d-%b-%y"), None),
    "capitals": ("datetime:%d%b%Y", [day.upper() for day in days("%d%b%Y")], None),
    "long month": ("datetime:%B %d, %Y", days("%B %d, %Y"), None),
    "weekday": ("datetime:%A, %d %B %Y", days("%A, %d %B %Y"), None),
    "german": (
        "datetime:%d. %N %Y",
        [f"{d.day}. {MONTHS[d.month - 1]} {d.year}" for d in DAYS],
        None,
    ),
    "compact": ("datetime:%Y%m%d", days("%Y%m%d"), None),
    "time": ("datetime:%Y-%m-%d %H:%M:%S", days("%Y-%m-%d 10:%M:%S"), None),
    "afternoon": ("datetime:%m/%d/%Y %I:%M %p", days("%m/%d/%Y 03:%M PM"), None),
    "zone": ("datetime:%Y-%m-%dT%H:%M:%S%z", days("%Y-%m-%dT10:00:00Z"), None),
    "zones": (
        "datetime:%Y-%m-%dT%H:%M:%S%z",
        [f"{day}+0{n % 3}:00" for n, day in enumerate(days("%Y-%m-%dT10:00:00"))],
        [day + pd.Timedelta(hours=10 - n % 3) for n, day in enumerate(DAYS)],
    ),
    "with and without time": (
        "datetime:ISO8601",
        [day + " 10:30" * (n % 2) for n, day in enumerate(days("%Y-%m-%d"))],
        [day + pd.Timedelta(minutes=630 * (n % 2)) for n, day in enumerate(DAYS)],
    ),
    "month": ("datetime:%Y-%m", [f"2016-{n % 12 + 1:02}" for n in N], None),
    "month of year": ("datetime:%b-%y", days("%b-%y"), None),
    "week": (
        "datetime:%G-W%V",
        days("%G-W%V"),
        list(DAYS - pd.to_timedelta(DAYS.day_of_week, "D")),
    ),
    "quarter": ("datetime:%YQ%q", QUARTERS, [pd.Period(q).start_time for q in QUARTERS]),
    "Q1 first": ("datetime:Q%q %Y", [f"{q[4:]} {q[:4]}" for q in QUARTERS], None),
    "true": ("boolean", [("true", "false")[n % 2] for n in N], [1 - n % 2 for n in N]),
    "TRUE": ("boolean", [("TRUE", "FALSE")[n % 2] for n in N], [1 - n % 2 for n in N]),
    "True and gaps": ("boolean", ["", *(("True", "False")[n % 2] for n in N[1:])], None),
    "yes": ("boolean:yes/no", [("yes", "No")[n % 2] for n in N], [1 - n % 2 for n in N]),
    "Y": ("boolean:y/n", ["", *(("Y", "N")[n % 2] for n in N[1:])], None),
    "t": ("boolean:t/f", [("t", "f")[n % 2] for n in N], [1 - n % 2 for n in N]),
    "on": ("boolean:on/off", [("on", "off")[n % 2] for n in N], [1 - n % 2 for n in N]),
    "leading zeros": ("text", [f"{n * 41:05}" for n in N], [f"{n * 41:05}" for n in N]),
    "category": ("text", [("red", "blau", "é")[n % 3] for n in N], None),
    "free text": ("text", [f"word {n}, and more" for n in N], None),
}


COMMAS = {
    name: FORMS[name]
    for name in ("whole", "decimal comma", "point", "sign behind", "day first", "category")
} | {
    "comma only": ("number:", [f"{n},5" for n in N], [n + 0.5 for n in N]),
    "point only": ("number:", [f"{n}.250" for n in N], [n * 1000 + 250 for n in N]),
}


class Written:
    """A table of such columns: what training made of it, and every way in which rows come."""

    def __init__(self, folder: Path, forms: dict[str, Any], separator: str) -> None:
        frame = pd.DataFrame({name: fields for name, (_, fields, _) in forms.items()})
        path = str(folder / "rows.csv")
        frame.assign(n=N, y=[n * 3 for n in N]).to_csv(path, index=False, sep=separator)
        prepared = prepare(open_table(path), path, "y", "regression", RANDOM)
        write_table(folder / "table", prepared)
        parts = pd.concat([pd.read_parquet(folder / f"table/{part}.parquet") for part in PARTS])
        self.trained = parts.sort_values("n").reset_index(drop=True)
        self.kinds = {name: prepared.schema.columns[name].kind for name in forms}
        bounds = Bounds(self.kinds, 1, 1 << 20)
        records = frame.to_dict("records")
        split = {"columns": list(frame), "data": frame.to_numpy().tolist()}
        rows = {
            "records": rows_of(json.loads(json.dumps(records)), "dataframe_records", bounds),
            "split": rows_of(json.loads(json.dumps(split)), "dataframe_split", bounds),
            "csv": rows_of_csv(frame.to_csv(index=False).encode(), bounds),
            "python": frame,
        }
        self.read = {way: plain_features(each, self.kinds) for way, each in rows.items()}
        (batch,) = open_rows(path).read(list(forms))
        self.read["score"] = batch.plain(self.kinds)


@pytest.fixture(scope="module")
def points(tmp_path_factory) -> Written:
    return Written(tmp_path_factory.mktemp("points"), FORMS, ",")


@pytest.fixture(scope="module")
def commas(tmp_path_factory) -> Written:
    return Written(tmp_path_factory.mktemp("commas"), COMMAS, ";")


def check(written: Written, form: str, expected: str, values: list[object] | None) -> None:
    trained = written.trained[form]
    assert written.kinds[form].startswith(expected)
    if values is not None:
        same(pd.Series(values).astype(trained.dtype), trained)
    for read in written.read.values():
        same(read[form], trained)


def same(found: pd.Series, trained: pd.Series) -> None:
    assert found.dtype == trained.dtype
    plain = [each.astype("int64") if each.dtype.kind == "M" else each for each in (found, trained)]
    pd.testing.assert_series_equal(*plain, check_names=False, check_exact=True)


@pytest.mark.parametrize("form", FORMS)
def test_raw_text_is_read_as_in_training(points, form):
    expected, _, values = FORMS[form]
    check(points, form, expected, values)


@pytest.mark.parametrize("form", COMMAS)
def test_text_of_a_file_with_decimal_commas_is_read_as_in_training(commas, form):
    expected, _, values = COMMAS[form]
    check(commas, form, expected, values)


def test_a_model_of_decimal_commas_reads_a_file_with_points(commas):
    frame = pd.DataFrame({"comma only": [f"{n}.5" for n in N], "n": N})
    frame.to_csv("rows.csv", index=False)
    (batch,) = open_rows("rows.csv").read(["comma only"])
    kinds = {"comma only": commas.kinds["comma only"]}
    same(batch.plain(kinds)["comma only"], commas.trained["comma only"])


@pytest.mark.parametrize(
    "values",
    [
        pa.array([0], pa.timestamp("us", "Mars/Olympus")),
        pa.array([1], pa.time64("ns")),
        pa.DictionaryArray.from_arrays(pa.array([0]), pa.array([None], pa.string())),
    ],
    ids=["zone", "nanoseconds of a day", "category of nothing"],
)
def test_values_that_pandas_cannot_hold_are_told_with_their_column(values):
    table = pa.table({"seen": values})
    with pa.OSFile("rows.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as written:
        written.write_table(table)
    (batch,) = open_rows("rows.arrow").read(["seen"])
    for kind in ("number", "boolean", "datetime", "text"):
        with pytest.raises(RepriseError, match="column 'seen' must have values that can be read"):
            batch.plain({"seen": kind})
