"""The same table in every format, and what is no table."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from reprise.data.raw_table import open_table, read_table
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 2.5], "c": ["x", "ÿ", None]})
CSV = FRAME.to_csv(index=False).encode()
RECORDS = FRAME.to_json(orient="records").encode()


def feather() -> bytes:
    sink = io.BytesIO()
    pa.feather.write_feather(FRAME, sink)
    return sink.getvalue()


def arrow_stream() -> bytes:
    sink, table = io.BytesIO(), pa.Table.from_pandas(FRAME)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue()


def parquet() -> bytes:
    return bytes(FRAME.to_parquet())


def workbook(engine: str) -> bytes:
    sink = io.BytesIO()
    FRAME.to_excel(sink, engine=engine, index=False)
    return sink.getvalue()


def zipped(*names: str, content: bytes = CSV) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return sink.getvalue()


def zstandard(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue().to_pybytes())


PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstandard": zstandard,
    "zip": lambda content: zipped("table", content=content),
}
PLAIN = {
    "csv": CSV,
    "tsv": FRAME.to_csv(index=False, sep="\t").encode(),
    "json": RECORDS,
    "json lines": FRAME.to_json(orient="records", lines=True).encode(),
    "feather": feather(),
    "arrow stream": arrow_stream(),
    "parquet": parquet(),
    "excel": workbook("openpyxl"),
    "opendocument": workbook("odf"),
}
FILES = {
    **PLAIN,
    **{f"{name} in {how}": pack(PLAIN[name]) for name in PLAIN for how, pack in PACKERS.items()},
    "zip of a Mac": zipped("table.csv", "__MACOSX/._table.csv"),
    "json with a mark": b"\xef\xbb\xbf" + RECORDS,
    "json in utf-16": RECORDS.decode().encode("utf-16"),
    "json in utf-32": RECORDS.decode().encode("utf-32"),
    "json lines in utf-16 without a mark": FRAME.to_json(orient="records", lines=True).encode(
        "utf-16-le"
    ),
    "gzip in zip": zipped("table.csv.gz", content=gzip.compress(CSV)),
    "gzip in parts": gzip.compress(CSV[:9]) + gzip.compress(CSV[9:]),
    "zstandard in parts": zstandard(CSV[:9]) + zstandard(CSV[9:]),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_table_is_the_same_in_every_format_for_training_and_scoring(kind):
    Path("table").write_bytes(FILES[kind])
    table = read_table("table")
    assert list(table.columns) == list(FRAME.columns)
    assert list(table["a"]) == [1, 2, 3]
    assert table["b"].tolist()[::2] == [0.5, 2.5]
    assert table["c"].tolist()[:2] == ["x", "ÿ"]
    assert table.isna().sum().to_dict() == {"a": 0, "b": 1, "c": 1}
    rows = open_rows("table")
    kinds = {"a": "number", "b": "number", "c": "text"}
    plain = pd.concat([batch.plain(kinds) for batch in rows.read(rows.columns)])
    assert plain["a"].tolist() == [1.0, 2.0, 3.0]
    assert plain["c"].tolist()[:2] == ["x", "ÿ"]
    assert plain.isna().sum().to_dict() == {"a": 0, "b": 1, "c": 1}


def test_names_of_columns_may_be_tags():
    Path("table.csv").write_text("<b>a</b>,<img src=x>,c\n" + "1,2,3\n4,5,6\n" * 9)
    assert list(read_table("table.csv").columns) == ["<b>a</b>", "<img src=x>", "c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid x\n", "Git LFS pointer .*git lfs pull"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"\n <html><body>", "a web page"),
        (b"<?xml version='1.0'?><a/>", "an XML document"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"SQLite format 3\x00" + b"\0" * 99, "an SQLite database"),
        (b"\x80\x04\x95", "a pickle"),
        (b"FEA1\0\0", "a Feather file of version 1"),
        (b"\n<!-- made by x -->\n<html>", "a web page"),
        (b"<table><row a='1'/></table>", "an XML document"),
        (b"{\\rtf1 text}", "a text document"),
        (b"\x93NUMPY\x01\0", "an array of NumPy"),
        (b"\x7fELF\x02\x01\0\0ab", "a file of bytes"),
        (b"\xef\xbb\xbf\n", "the empty file"),
        (b'show([{"a": 1}]);', "JSON within a call"),
        (b'[null, {"a": 1}]', "got null at place 1"),
        (
            b'{"status": "ok", "data": [{"a": 1}, {"a": 2}]}',
            r"one record of nested values \('data'\)",
        ),
        (zipped("one.csv", "two.csv"), "an archive"),
        (zipped(), "an archive"),
        (b'[{"a": 1}, 2]', "got int at place 2"),
        (b"[[1, 2], [3, 4]]", "got list at place 1"),
        (b'{"data": [{"a": 1}, {"a": 2}]}', r"got one record of nested values \('data'\)"),
        (b'[{"a":' + b"[" * 9999 + b"]" * 9999 + b"}]", "got brackets in each other, hundreds"),
        (b'{"a":' * 9999 + b"1" + b"}" * 9999, "got brackets in each other, hundreds deep"),
        (b'{"a": 1}\n{"a": "x"}\n', "one type a name"),
        (b'{"a": 1}\n{"a": \n', "JSON"),
    ],
    ids=str.split(
        "lfs html spaces xml pdf png sqlite pickle feather comment rows-of-xml rtf numpy program "
        "mark call null answer several nothing mixed rows wrapped deep deep-lines types cut"
    ),
)
@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gz"])
def test_what_is_no_table_is_called_by_its_name(content, message, packed):
    Path("table.csv").write_bytes(packed(content))
    with pytest.raises(RepriseError, match=message):
        read_table("table.csv")


def test_records_may_lack_names_and_these_are_missing():
    records = [{"a": 1}, {"a": 2, "b": "x"}, {"b": "y"}]
    Path("table.json").write_text(json.dumps(records))
    table = read_table("table.json")
    assert table["b"].tolist()[1:] == ["x", "y"]
    assert table.isna().sum().to_dict() == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    "beside",
    ["README.txt", "docs/readme.md", "LICENSE", "Metadata_Country_API_19.csv", "a_MetaData.csv"],
)
def test_the_table_of_an_archive_is_the_one_that_goes_along_with_others(beside):
    Path("table.zip").write_bytes(zipped(beside, "prices.csv"))
    raw = open_table("table.zip")
    assert raw.columns == list(FRAME.columns)
    assert raw.reading == {"file of the archive": f"prices.csv, not {beside}"}


def test_a_table_of_an_archive_may_be_named():
    Path("table.zip").write_bytes(zipped("one.csv", "two.csv"))
    assert open_table("table.zip#two.csv").reading["file of the archive"] == "two.csv, not one.csv"
    for name in ("table.zip#three.csv", "table.zip"):
        with pytest.raises(RepriseError, match=r"name one \(data=table\.zip#one\.csv\)"):
            read_table(name)


def test_json_may_be_in_any_encoding_and_it_is_said():
    Path("table.json").write_bytes('[{"c": "Köln"}, {"c": "Málaga"}]'.encode("cp1252"))
    raw = open_table("table.json")
    assert raw["c"].tolist() == ["Köln", "Málaga"]
    assert raw.reading == {"encoding": "windows-1252"}
    assert raw.facts["encoding"] == "windows-1252"


def test_an_archive_of_several_is_told_by_their_names():
    Path("table.zip").write_bytes(zipped("one.csv", "two.csv"))
    with pytest.raises(RepriseError, match=r"an archive of 'one\.csv', 'two\.csv' in 'table\.zip'"):
        read_table("table.zip")


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def rotten(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + b"\xaa" * 20 + content[middle + 20 :]


def unknown(content: bytes) -> bytes:
    """Packed in a way that nobody knows."""
    return content.replace(b"\x08\x00", b"\x63\x00")


@pytest.mark.parametrize(
    ("how", "damage"),
    [*((how, damage) for how in PACKERS for damage in (cut, rotten)), ("zip", unknown)],
)
def test_a_damaged_archive_is_refused(how, damage):
    rows = "".join(f"{number},{number * number % 977}\n" for number in range(9_000))
    packed = PACKERS[how](f"a,b\n{rows}".encode())
    Path("table.csv").write_bytes(damage(packed))
    with pytest.raises(RepriseError, match=r"must be a table .*'table\.csv'"):
        open_table("table.csv")


@pytest.mark.parametrize("kind", ["feather", "arrow stream", "parquet", "excel", "opendocument"])
@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_is_read_or_refused_in_one_line(kind, seed):
    random = np.random.default_rng(seed)
    content = bytearray(PLAIN[kind])
    for place in random.integers(0, len(content), 20):
        content[place] = random.integers(0, 256)
    Path("table").write_bytes(content[: len(content) - seed % 2 * 100])
    with suppress(RepriseError):
        read_table("table")
