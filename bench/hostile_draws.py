"""Hostile requests that nobody has thought of: drawn by hypothesis around a row that a model knows.

Each kind of request has strategies of its own for the place that goes wrong; all else is as it
should be, so that it gets as far as it can.
"""

import io
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

Row = dict[str, Any]
_TYPES = ("application/json", "text/csv", "application/vnd.apache.parquet", "text/plain")
_PLACES = ("dataframe_split", "dataframe_records", "instances", "inputs")
# Also what no JSON may hold, and texts that are no UTF-8 once they are escaped.
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**320)
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=30)
)
_JSON = st.recursive(
    _SCALARS,
    lambda each: (
        st.lists(each, max_size=5) | st.dictionaries(st.text(max_size=8), each, max_size=5)
    ),
    max_leaves=30,
)
_TOKENS = st.text("abcdefgh-XYZ09_", min_size=1, max_size=20)


def drawn(row: Row, each: int = 20) -> dict[str, bytes]:
    """So many requests of each kind by name, the same for the same row."""
    found: dict[str, bytes] = {}
    for name, strategy in _kinds(row).items():
        for number, request in enumerate(_draw(strategy, each)):
            found[f"{name} {number}"] = request
    return found


def _draw(strategy: st.SearchStrategy[bytes], count: int) -> list[bytes]:
    found: dict[bytes, None] = {}

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
    )
    @given(strategy)
    def keep(request: bytes) -> None:
        found[request] = None

    keep()
    return list(found)


def _kinds(row: Row) -> dict[str, st.SearchStrategy[bytes]]:
    names = st.sampled_from(list(row))
    split = {"columns": list(row), "data": [list(row.values())]}
    records = json.dumps([row]).encode()
    parquet = io.BytesIO()
    pd.DataFrame([row]).to_parquet(parquet, index=False)
    csv = pd.DataFrame([row]).to_csv(index=False).encode()
    table = _JSON.map(lambda value: {"columns": list(row), "data": value})
    return {
        "cell": st.tuples(names, _JSON).map(lambda pair: _records([row | {pair[0]: pair[1]}])),
        "column": st.tuples(names, st.lists(_JSON, max_size=4)).map(
            lambda pair: _inputs({name: [value] for name, value in row.items()} | dict([pair]))
        ),
        "names": st.lists(_JSON, max_size=2 * len(row)).map(
            lambda found: _split(split | {"columns": found})
        ),
        "rows": table.map(_split),
        "table": st.tuples(st.sampled_from(_PLACES), _JSON).map(
            lambda pair: _post("/invocations", json.dumps(dict([pair])).encode(), _TYPES[0])
        ),
        "records": st.lists(_JSON, max_size=5).map(_records),
        "parameters": _JSON.map(
            lambda value: _post(
                "/invocations", json.dumps({"inputs": [row], "params": value}).encode(), _TYPES[0]
            )
        ),
        "bytes": st.tuples(st.binary(max_size=300), st.sampled_from(_TYPES)).map(
            lambda pair: _post("/invocations", *pair)
        ),
        "spoiled JSON": _spoiled(records).map(lambda body: _post("/predict", body, _TYPES[0])),
        "spoiled CSV": _spoiled(csv).map(lambda body: _post("/invocations", body, _TYPES[1])),
        "spoiled Parquet": _spoiled(parquet.getvalue()).map(
            lambda body: _post("/invocations", body, _TYPES[2])
        ),
        "spoiled head": _spoiled(_post("/predict", records, _TYPES[0])),
        "header": st.tuples(_TOKENS, st.binary(max_size=200)).map(
            lambda pair: _post("/predict", records, _TYPES[0], pair[0].encode() + b": " + pair[1])
        ),
        "content type": st.text(max_size=60).map(lambda kind: _post("/predict", records, kind)),
        "address": st.text(max_size=60).map(lambda path: _post(path, records, _TYPES[0])),
        "chunks": st.lists(st.binary(min_size=1, max_size=50), max_size=20).map(_chunked),
    }


def _spoiled(good: bytes) -> st.SearchStrategy[bytes]:
    """Good bytes of which a few places are changed, doubled, left out or cut off."""

    def spoil(changes: list[tuple[int, int, bytes]]) -> bytes:
        body = bytearray(good)
        for place, length, put in changes:
            body[place : place + length] = put
        return bytes(body)

    places = st.integers(0, len(good))
    lengths = st.integers(0, 4) | st.just(len(good))
    change: st.SearchStrategy[tuple[int, int, bytes]] = st.tuples(
        places, lengths, st.binary(max_size=6)
    )
    return st.lists(change, min_size=1, max_size=5).map(spoil)


def _post(path: str, body: bytes, kind: str, *more: bytes) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {kind}"]
    lines = [line.encode("utf-8", "surrogatepass") for line in head]
    return b"\r\n".join((*lines, b"Content-Length: %d" % len(body), *more, b"", body))


def _chunked(parts: list[bytes]) -> bytes:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n"


def _of(path: str, wrap: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    return lambda content: _post(path, json.dumps(wrap(content)).encode(), _TYPES[0])


_records = _of("/predict", lambda records: records)
_split = _of("/invocations", lambda table: {"dataframe_split": table})
_inputs = _of("/invocations", lambda columns: {"inputs": columns})
