"""Requests that want to do harm, by name: bytes as they go over the wire.

They are made around a row that the model knows, so that they get as far as they can: these by
hand, those of bench.hostile_draws by hypothesis.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
MEGABYTE = 1 << 20
CELLS: dict[str, Any] = {
    "list": [1],
    "object": {"a": {"b": 1}},
    "deep": json.loads("[" * 900 + "]" * 900),
    "long text": "x" * 200_000,
    "long number": 10**400,
    "1e39": 1e39,
    "1e308": 1e308,
    "-1e39": -1e39,
    "nan": float("nan"),
    "infinity": float("inf"),
    "true": True,
    "none": None,
    "empty": "",
    "surrogate": "\ud800",
    "nul": "\0",
    "date": "2024-01-01",
    "formula": "=cmd|'/c calc'!A1",
    "markup": "<img src=//evil>",
    "digits": "1" * 4000,
    "negative zero": -0.0,
}


def requests_of(row: dict[str, Any]) -> dict[str, bytes]:
    """More than 200 requests by name, the same for the same row."""
    found: dict[str, bytes] = {}
    for name, (path, body, kind) in {
        **dict(_cells(row)),
        **dict(_shapes(row)),
        **dict(_large(row)),
        **dict(_packed(row)),
    }.items():
        found[name] = _post(path, body, kind)
    good = json.dumps([row]).encode()
    return found | dict(_http(good))


def _post(path: str, body: bytes, kind: str | None, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *more]
    lines += [f"Content-Type: {kind}"] if kind else []
    return "\r\n".join((*lines, "", "")).encode() + body


Made = Iterator[tuple[str, tuple[str, bytes, str | None]]]


def _cells(row: dict[str, Any]) -> Made:
    """Every odd value in the first three columns."""
    for column in list(row)[:3]:
        for name, value in CELLS.items():
            body = json.dumps([{**row, column: value}]).encode()
            yield f"{name} in {column}", ("/predict", body, JSON)


def _shapes(row: dict[str, Any]) -> Made:
    names, values = list(row), list(row.values())
    split = {"columns": names, "data": [values]}
    tables: dict[str, Any] = {
        "nested names": {**split, "columns": [[name, "x"] for name in names]},
        "objects as names": {**split, "columns": [{name: 1} for name in names]},
        "names twice": {**split, "columns": [names[0]] * len(names)},
        "no names": {**split, "columns": []},
        "a text of names": {**split, "columns": names[0]},
        "long rows": {**split, "data": [values * 2]},
        "records in split": {**split, "data": [row]},
        "scalars": {**split, "data": [1, 2]},
        "no rows": {**split, "data": []},
        "a list": [split],
        "a number": 3,
        "null": None,
        "a text": "x",
        "objects of objects": {name: {"0": value} for name, value in row.items()},
        "uneven lists": {name: [value] * n for n, (name, value) in enumerate(row.items())},
        "lists of lists": [values],
    }
    for place in ("dataframe_split", "dataframe_records", "instances", "inputs"):
        for name, table in tables.items():
            yield f"{name} as {place}", ("/invocations", json.dumps({place: table}).encode(), JSON)
    for name, params in {
        "list": [],
        "text": "x",
        "odd": {"a": 1},
        "deep": {"output": [[]]},
    }.items():
        content = {"dataframe_records": [row], "params": params}
        yield f"params {name}", ("/invocations", json.dumps(content).encode(), JSON)
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "x", "a" * 5000):
        yield f"type {kind and kind[:20]}", ("/predict", json.dumps([row]).encode(), kind)


def _large(row: dict[str, Any]) -> Made:
    """Bodies of many values: JSON and CSV."""
    one = json.dumps(row).encode()
    bodies = {
        "empty records": b"[" + b",".join([b"{}"] * 2_000_000) + b"]",
        "empty lists": b"[" + b",".join([b"[]"] * 2_000_000) + b"]",
        "ones": b"[" + b",".join([b"1"] * 4_000_000) + b"]",
        "brackets": b"[" * 4_000_000,
        "braces": b'{"a":' * 1_000_000,
        "open text": b'["' + b"\\" * 8_000_001,
        "quotes": b'["' + b'\\"' * 4_000_000,
        "keys": b"[{" + b",".join(b'"%d":0' % n for n in range(1_000_000)) + b"}]",
        "small keys": b"[{" + b",".join(b'"%d":0' % n for n in range(3000)) + b"}]",
        "other keys": b"[" + b",".join(b'{"%d":0}' % n for n in range(3000)) + b"]",
        "spaces": b" " * (17 * MEGABYTE),
        "rows": b"[" + b",".join([one] * 100_000) + b"]",
    }
    for name, body in bodies.items():
        yield f"large: {name}", ("/predict", body, JSON)
    header = ",".join(row).encode()
    tables = {
        "lines": header + b"\n" * 8_000_000,
        "commas": b"," * 8_000_000,
        "columns": b"," * 100_000 + b"\n1",
        "quote": header + b'\n"' + b"x" * 1_000_000,
        "nul": header + b"\n\0\0\0",
        "latin": header + b"\n\xff\xfe",
        "header only": header,
        "nothing": b"",
    }
    for name, body in tables.items():
        yield f"csv: {name}", ("/invocations", body, CSV)


def _packed(row: dict[str, Any]) -> Made:
    plain = pd.DataFrame([row])
    for rows in (1_000_000, 100_000):
        for codec in ("zstd", "snappy", "gzip"):
            many = pd.DataFrame({name: [value] * rows for name, value in row.items()})
            yield f"parquet: {rows} rows {codec}", _parquet(many, compression=codec)
    for column in list(row)[:4]:
        odd: dict[str, Any] = {
            "long": pd.Series(["x" * 5_000_000] * 20),
            "dates": pd.Series(pd.to_datetime(["2024-01-01"])),
            "lists": pd.Series([[1, 2]]),
            "bytes": pd.Series([b"\xff\xfe"]),
        }
        for name, values in odd.items():
            table = pd.concat([plain] * len(values), ignore_index=True)
            table[column] = values
            yield f"parquet: {name} in {column}", _parquet(table, compression="zstd")
    path, body, kind = _parquet(plain)
    for place in range(4, len(body), max(1, len(body) // 20)):
        spoiled = body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]
        yield f"parquet: spoiled {place}", (path, spoiled, kind)


def _parquet(table: pd.DataFrame, **options: Any) -> tuple[str, bytes, str | None]:
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, **options)
    return "/invocations", buffer.getvalue(), PARQUET


def _http(good: bytes) -> Iterator[tuple[str, bytes]]:
    """What is not quite HTTP, or never ends."""
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n".encode()
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    yield "http: long header", head + b"A: " + b"x" * MEGABYTE
    yield "http: many headers", head + b"A: b\r\n" * 100_000 + b"\r\n"
    yield "http: long address", b"GET /" + b"x" * MEGABYTE + b" HTTP/1.1\r\n\r\n"
    yield "http: half a head", head
    yield "http: half a body", head + b"Content-Length: 1000\r\n\r\n" + good[:20]
    yield "http: negative length", head + b"Content-Length: -1\r\n\r\n"
    yield "http: huge length", head + b"Content-Length: 99999999999999999999\r\n\r\n"
    yield "http: two lengths", head + b"Content-Length: 1\r\nContent-Length: 9\r\n\r\n" + good
    yield "http: small chunks", chunked + b"1\r\n[\r\n" * 100_000 + b"0\r\n\r\n"
    yield "http: endless trailer", chunked + b"0\r\nA: " + b"x" * MEGABYTE
    yield "http: endless chunk", chunked + b"f" * 1000
    yield "http: upgrade", head + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    yield "http: a pipeline", b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n" * 2000
    yield "http: another method", b"DELETE /predict HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "http: blank lines", b"\r\n" * 50_000
    yield "http: tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    yield "http: zeros", bytes(MEGABYTE)
