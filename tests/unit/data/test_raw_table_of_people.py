"""Odd tables as people have them, and what is right to make of each."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from reprise.data.columns import plain_feature, plain_values
from reprise.data.preparation import prepare
from reprise.data.raw_table import open_table
from reprise.errors import RepriseError
from tests.tables import RANDOM

N = range(1, 31)


@dataclass(frozen=True)
class Odd:
    """A file, and what it is: its columns with kinds and first values, rows, what is said of it."""

    text: str | bytes
    kinds: dict[str, str] = field(default_factory=dict)
    first: dict[str, object] = field(default_factory=dict)
    rows: int = len(N)
    target: str = "y"
    says: str = ""
    refused: str = ""


def lines(header: str, row: str, *below: str, above: str = "", end: str = "\n") -> str:
    """A text with a row for each n; `row` is a format of n, a month, a day, a sign and a word."""
    made = [
        row.format(n=n, m=n % 12 + 1, d=n % 28 + 1, s="+-"[n % 2], w=("ash", "oak", "elm")[n % 3])
        for n in N
    ]
    return end.join([*([above] if above else []), header, *made, *below]) + end


FRAME = pd.DataFrame(
    {"a": [n / 7 for n in N], "b": ["ash", "oak", "elm"] * 10, "y": [n * 3 for n in N]}
)
ODD = {
    "pandas with an index": Odd(FRAME.to_csv(), {"a": "number", "Unnamed: 0": "number"}),
    "R with row names": Odd(
        lines('"a","b","y"', '"{n}",{n}.5,"{w}",{n}').replace('"a"', '"","a"', 1),
        {"a": "number", "b": "text"},
    ),
    "R with NA and TRUE": Odd(
        lines('"a","flag","y"', "{n}.5,TRUE,{n}").replace("\n4.5,TRUE", "\nNA,FALSE"),
        {"a": "number", "flag": "boolean"},
    ),
    "write.csv2": Odd(lines('"a";"y"', "{n},5;{n}"), {"a": "number:"}, {"a": 1.5}, says="comma"),
    "Excel German": Odd(
        lines(
            "Menge;Anteil;Datum;y", "1.{n:03},50;{n},5%;{d:02}.{m:02}.2024;{n}", end="\r\n"
        ).encode("cp1252"),
        {"Menge": "number:", "Anteil": "number:", "Datum": "datetime:%d.%m.%Y"},
        {"Menge": 1001.5, "Anteil": 1.5},
    ),
    "Excel French": Odd(
        lines("Prix;Quantité;y", "1 {n:03},50 €;{n};{n}", end="\r\n").encode("cp1252"),
        {"Prix": "number:", "Quantité": "number"},
        {"Prix": 1001.5},
        says="windows-1252",
    ),
    "no-break thousands": Odd(
        lines("a;y", "12\u00a0{n:03},5;{n}"), {"a": "number:"}, {"a": 12001.5}
    ),
    "Swiss": Odd(lines("a;y", "CHF 1'{n:03}.50;{n}"), {"a": "number:"}, {"a": 1001.5}),
    "notepad": Odd(
        b"\xff\xfe" + lines("a\ty", "{n}.5\t{n}", end="\r\n").encode("utf-16-le"), says="utf-16"
    ),
    "notepad UTF-8": Odd(b"\xef\xbb\xbf" + lines("a,y", "{n}.5,{n}", end="\r\n").encode()),
    "plus and minus": Odd(lines("a,y", "{s}{n}.5,{n}"), {"a": "number"}, {"a": -1.5}),
    "unicode minus": Odd(lines("a,y", "\u2212{n}.5,{n}"), {"a": "number:"}, {"a": -1.5}),
    "minus behind": Odd(lines("a;b;y", "1.{n:03},56-;{w};{n}"), {"a": "number:"}, {"a": -1001.56}),
    "minus behind a point": Odd(lines("a,y", "{n}.5-,{n}"), {"a": "number:"}, {"a": -1.5}),
    "scientific": Odd(lines("a,y", "{n}.25E+03,{n}"), {"a": "number"}, {"a": 1250.0}),
    "scientific comma": Odd(lines("a;y", "{n},25E+03;{n}"), {"a": "number:"}, {"a": 1250.0}),
    "euro behind": Odd(lines("a;y", "{n},50€;{n}"), {"a": "number:"}, {"a": 1.5}),
    "dollar accounting": Odd(
        lines("a,y", '"$ ({n},000.00)",{n}'), {"a": "number:"}, {"a": -1000.0}
    ),
    "code before": Odd(lines("a,y", "USD {n}.50,{n}"), {"a": "number:"}, {"a": 1.5}),
    "degrees": Odd(lines("a,y", "{n}.5 °C,{n}"), {"a": "number:"}, {"a": 1.5}),
    "square metres": Odd(lines("a,y", "{n} m²,{n}"), {"a": "number:"}, {"a": 1.0}),
    "dash for nothing": Odd(
        lines("a,y", "{n}.5,{n}").replace("\n3.5,", "\n-,"), {"a": "number:"}, says="'-'"
    ),
    "dots for nothing": Odd(
        lines("a,y", "{n}.5,{n}").replace("\n3.5,", "\n..,"), {"a": "number:"}, says="'..'"
    ),
    "colon of Eurostat": Odd(
        lines("a\ty", "{n}.5\t{n}").replace("\n3.5\t", "\n:\t"), {"a": "number:"}, says="':'"
    ),
    "errors of Excel": Odd(
        lines("a,y", "{n}.5,{n}").replace("\n3.5,", "\n#DIV/0!,"), {"a": "number:"}, says="#DIV/0!"
    ),
    "ranges": Odd(lines("age,y", "{n}-{m}x,{n}").replace("x,", " years,"), {"age": "text"}),
    "ranges with a dash": Odd(
        lines("age,a,y", "18\u201324,{n},{n}").replace("18\u201324,3,", "25\u201334,3,"),
        {"age": "text"},
    ),
    "more than": Odd(lines("a,y", "{n},{n}").replace("\n3,", "\n>3,"), {"a": "text"}),
    "SAS dates": Odd(lines("day,y", "{d:02}JAN2024,{n}"), {"day": "datetime:%d%b%Y"}),
    "SAS missing": Odd(
        lines("a,y", "{n},{n}").replace("\n3,", "\n.,"), {"a": "number:"}, says="'.'"
    ),
    "Stata months": Odd(lines("month,y", "2016m{m},{n}"), {"month": "datetime:%Ym%m"}),
    "Oracle dates": Odd(lines("day,y", "{d:02}-JAN-24,{n}"), {"day": "datetime:%d-%b-%y"}),
    "SQL Server": Odd(lines("t,y", "2024-01-{d:02} 10:30:00.000,{n}"), {"t": "datetime:"}, says=""),
    "MySQL null": Odd(
        lines("a,b,y", '"{n}","{w}","{n}"').replace('"3","', '\\N,"', 1), {"b": "text"}
    ),
    "PostgreSQL booleans": Odd(lines("f,y", "t,{n}").replace("t,4", "f,4"), {"f": "boolean:t/f"}),
    "psql bars": Odd(lines("a|b|y", "{n}.5|{w}|{n}"), {"a": "number", "b": "text"}),
    "AM and PM": Odd(
        lines("t,y", "{m}/{d}/2024 {m}:05 PM,{n}"), {"t": "datetime:%m/%d/%Y %I:%M %p"}
    ),
    "quarters": Odd(
        lines("q,y", "2016Q{n},{n}").replace("Q", "Q1_").replace("Q1_1,", "Q1,"), {"q": "text"}
    ),
    "weeks": Odd(lines("w,y", "2016-W{n:02},{n}"), {"w": "datetime:%G-W%V"}),
    "postcodes": Odd(lines("zip,y", "0{n:04},{n}"), {"zip": "text"}, {"zip": "00001"}),
    "telephone numbers": Odd(lines("tel,y", "+49 30 {n:06},{n}"), {"tel": "text"}),
    "comments of a portal": Odd(
        lines("a,y", "{n}.5,{n}", above="Open data portal\nRetrieved 2024-01-05\n"), says="line"
    ),
    "footnotes": Odd(
        lines("a,b,y", "{n}.5,{w},{n}", "Source: statistics office,,"), {"a": "number"}
    ),
    "an empty name": Odd(lines("a,,y", "{n}.5,{w},{n}"), {"Unnamed: 1": "text"}),
    "one name twice": Odd(lines("a,a,y", "{n}.5,{w},{n}"), refused="must differ, got 'a' 2 times"),
    "one column": Odd(lines("y", "{n}"), refused="needs a column to learn from"),
    "very wide": Odd(
        ",".join([f"c{n}" for n in range(3000)] + ["y"])
        + "\n"
        + "".join(",".join([str(n)] * 3000 + [str(n)]) + "\n" for n in N),
        {"c2999": "number"},
    ),
    "a quote that never ends": Odd(
        lines("a,b,y", '{n}.5,"{w},{n}').replace('"ash', "ash").replace('"elm', "elm"),
        refused="quotes must be closed, got a field that begins with 'oak,1'",
    ),
    "shifted by decimal commas": Odd(lines("a,b,y", "{n},5,{w},{n}"), refused="fields"),
    "lists": Odd(lines("a,tags,y", '{n},"[{n}, 2]",{n}'), refused="'tags' must hold one value"),
    "an e-mail": Odd("Dear all,\nplease find the table attached.\nBest\n", refused="table"),
    "a JSON error": Odd('{"error": "not found"}', refused="target|rows"),
}


def made_of(odd: Odd) -> tuple[pd.DataFrame, object]:
    content = odd.text if isinstance(odd.text, bytes) else odd.text.encode()
    Path("table.csv").write_bytes(content)
    raw = open_table("table.csv")
    schema = prepare(raw, "table.csv", odd.target, "auto", RANDOM).schema
    return raw, schema


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if not odd.refused])
def test_an_odd_table_is_read_as_it_is_meant(name):
    odd = ODD[name]
    raw, schema = made_of(odd)
    assert sum(schema.rows.values()) == odd.rows
    for column, kind in odd.kinds.items():
        assert schema.columns[column].kind.startswith(kind), column
    for column, value in odd.first.items():
        plain = plain_values(raw[column], schema.columns[column].kind)
        assert plain.iloc[0] == value
    assert odd.says in str(schema.decisions) + str(schema.read_as)


@pytest.mark.parametrize("name", [name for name, odd in ODD.items() if odd.refused])
def test_what_would_be_garbage_is_refused(name):
    with pytest.raises(RepriseError, match=ODD[name].refused):
        made_of(ODD[name])


def test_numbers_of_16_bits_are_numbers():
    values = pa.array(np.arange(20, dtype="float16"))
    pa.parquet.write_table(pa.table({"a": values}), "half.parquet")
    values, column = plain_feature(open_table("half.parquet")["a"])
    assert column.kind == "number"
    assert values.tolist() == list(range(20))
