"""What bodies may hold, whatever they are written in: known before anything is built."""

import io
import json
import tracemalloc
from contextlib import suppress

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.inference import parquet_pages
from reprise.inference.bounds import BadRequest, Bounds
from reprise.inference.protocol import CSV, JSON, PARQUET, parse_invocation, parse_records

from .models import KINDS, ROW

BOUNDS = Bounds(KINDS, 1, 1 << 20)


def parse(body: bytes, kind: str) -> pd.DataFrame:
    if kind == JSON and body.startswith(b"["):
        return parse_records(body, kind, BOUNDS).rows
    return parse_invocation(body, kind, BOUNDS, False).rows


def parquet(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def rows_table(count: int, **columns: object) -> pa.Table:
    plain = {"size": [1.0] * count, "flag": [True] * count}
    return pa.table({**plain, "seen": ["31/01/2024"] * count, "who": ["Ann"] * count, **columns})


def many_records(count: int) -> bytes:
    return b"[" + b",".join([b"{}"] * count) + b"]"


def different_keys(count: int) -> bytes:
    return json.dumps([{f"k{number}": 0, **ROW} for number in range(count)]).encode()


BOMBS = {
    "empty records": (many_records(300_000), JSON, "at most 65,536 values"),
    "empty lists": (b'{"inputs":[' + b"[]," * 300_000 + b"[]]}", JSON, "at most 65,536 values"),
    "keys": (
        b"[{" + b",".join(b'"%d":0' % n for n in range(90_000)) + b"}]",
        JSON,
        "at most 65,536 values",
    ),
    "rows": (many_records(20_000), JSON, "at most 16,384 rows"),
    "lines": (b"size,flag,seen,who\n" + b"\n" * 500_000, CSV, "at most 65,536 values"),
    "fields": (b"," * 500_000 + b"\n", CSV, "at most 65,536 values"),
    "columns": (b"," * 50_000 + b"\n1\n", CSV, "at most 10,000 columns"),
    "equal numbers": (parquet(rows_table(1_000_000)), PARQUET, "at most 16,384 rows"),
    "one long text": (
        parquet(rows_table(10_000, who=pa.array(["x" * 50_000] * 10_000)), compression="zstd"),
        PARQUET,
        "at most 4 MB when it is unpacked",
    ),
    "long page": (
        parquet(
            rows_table(100, who=pa.array(["x" * 1_000_000 + str(n) for n in range(100)])),
            compression="zstd",
        ),
        PARQUET,
        "at most 4 MB when it is unpacked",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_body_that_says_much_is_refused_in_little_memory(name):
    body, kind, said = BOMBS[name]
    assert len(body) <= BOUNDS.bytes
    tracemalloc.start()
    with pytest.raises(BadRequest, match=said) as refused:
        parse(body, kind)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.status == 413
    assert peak < 16 << 20, f"{peak:,}"


def test_records_with_all_different_keys_make_only_the_columns_of_the_model():
    tracemalloc.start()
    rows = parse_records(different_keys(5000), JSON, BOUNDS).rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows.shape == (5000, 4)
    assert peak < 16 << 20, f"{peak:,}"


def test_what_stands_in_quotes_counts_for_no_value():
    text = r"a,b,{[\"" * 10_000
    body = json.dumps([{**ROW, "who": text}]).encode()
    bounds = Bounds(KINDS, 1, len(body))
    assert body.count(b",") > bounds.values
    rows = parse_records(body, JSON, bounds).rows
    assert rows["who"][0] == text


def test_a_footer_that_denies_what_its_pages_hold_is_not_believed():
    letters = pa.array(["x" * 1_000_000 + str(n) for n in range(100)])
    body = parquet(rows_table(100, who=letters), compression="zstd", use_dictionary=False)
    with pq.ParquetFile(pa.BufferReader(body)) as file:
        assert parquet_pages.unpacked_bytes(body, file.metadata, ["who"]) > 100_000_000
        assert parquet_pages.unpacked_bytes(body, file.metadata, ["size"]) < 2000


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_the_pages_of_any_file_are_found(compression, version):
    count = 20_000
    table = pa.table({"size": range(count), "who": [f"name {n}" for n in range(count)]})
    body = parquet(table, compression=compression, data_page_version=version, row_group_size=7000)
    with pq.ParquetFile(pa.BufferReader(body)) as file:
        size = parquet_pages.unpacked_bytes(body, file.metadata, ["size", "who"])
        groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
        said = sum(group.total_byte_size for group in groups)  # with the headers of pages
        assert 0.9 * said < size <= said


@pytest.mark.parametrize(
    "body",
    [parquet(rows_table(50)), rows_table(50).to_pandas().to_parquet(index=False)],
    ids=["of arrow", "of pandas"],
)
def test_a_spoiled_file_is_no_parquet(body):
    for place in range(4, len(body) - 8, 7):
        spoiled = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        with suppress(BadRequest):
            parse(spoiled, PARQUET)


@pytest.mark.parametrize(
    "table",
    [
        pa.table([[1.0], [2.0], [True], ["31/01/2024"], ["A"]], ["size", *KINDS]),
        rows_table(1, who=pa.array([["Ann"]])),
        rows_table(1, who=pa.array([{"a": "Ann"}])),
        rows_table(1, size=pa.array([pd.Timestamp("2024-01-01")])),
        rows_table(1, flag=pa.array([pd.Timestamp("2024-01-01")])),
        rows_table(1, seen=pa.array([20240131])),
    ],
    ids=["twice", "list", "struct", "date for number", "date for boolean", "number for date"],
)
def test_a_parquet_of_other_kinds_is_refused(table):
    with pytest.raises(BadRequest) as refused:
        parse_invocation(parquet(table), PARQUET, BOUNDS, False)
    assert refused.value.status == 400


HEADER = b"size,flag,seen,who\n"
UNCLEAR = {
    "names of a record": (b'[{"size": 1, "who": "Ann", "size": 2}]', JSON, "'size' more than once"),
    "names below blank lines": (b"\n \n\nsize,size\n1,2\n", CSV, "'size' more than once"),
    "a long first row": (HEADER + b"1,true,31/01/2024,Ann,2\n", CSV, "5 values in the first row"),
    "a long later row": (HEADER + b"1\n1,true,31/01/2024,Ann,2\n", CSV, "saw 5"),
    "a zone that nobody knows": (
        parquet(rows_table(1, seen=pa.array([0], pa.timestamp("us", "Mars/Olympus")))),
        PARQUET,
        "'seen' must hold values that can be read, got timestamp",
    ),
    "nanoseconds of a day": (
        parquet(rows_table(1, who=pa.array([1], pa.time64("ns")))),
        PARQUET,
        "'who' must hold values that can be read, got time64",
    ),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_could_be_read_in_two_ways_or_in_none_is_refused(name):
    body, kind, said = UNCLEAR[name]
    with pytest.raises(BadRequest, match=said) as refused:
        parse(body, kind)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "kind", ["string", "large_string", "dictionary<values=string, indices=int32>"]
)
def test_texts_of_any_type_are_read(kind):
    names = pa.array(["Ann", None, "Bo"])
    typed = names.dictionary_encode() if "dict" in kind else names.cast(getattr(pa, kind)())
    body = parquet(rows_table(3, who=typed))
    assert parse_invocation(body, PARQUET, BOUNDS, False).rows["who"].tolist()[::2] == ["Ann", "Bo"]
