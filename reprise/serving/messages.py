"""What requests say and responses give, as MLflow's scoring protocol has it; and plain records."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.predictor import ColumnKind, labels_of

CSV, JSON, PARQUET = "text/csv", "application/json", "application/vnd.apache.parquet"
_FORMATS = ("dataframe_records", "dataframe_split", "instances", "inputs")
_OUTPUTS = ("prediction", "probabilities")


class BadRequest(Exception):
    """What is wrong with a request, in a line for the client, and the HTTP status that says so."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """Raw rows to predict, and what is wanted of them: prediction or probabilities."""

    rows: pd.DataFrame
    output: str = "prediction"


def parse_invocation(
    body: bytes, content_type: str, kinds: Mapping[str, ColumnKind], has_classes: bool
) -> Request:
    """A request to /invocations: JSON in one of MLflow's four formats, CSV or Parquet.

    Raises BadRequest.
    """
    kind, _, charset = content_type.partition(";")
    if charset.strip().lower().replace('"', "") not in ("", "charset=utf-8"):
        raise BadRequest(f"bodies must be UTF-8, got '{charset.strip()}'", 415)
    readers: dict[str, Callable[[bytes], pd.DataFrame]] = {
        CSV: lambda body: _read_csv(body, kinds),
        PARQUET: _read_parquet,
    }
    kind = kind.strip().lower()
    if kind in readers:
        return Request(readers[kind](body))
    if kind != JSON:
        known = ", ".join((JSON, CSV, PARQUET))
        raise BadRequest(f"Content-Type must be one of {known}, got '{content_type}'", 415)
    content = _json(body)
    given = [name for name in _FORMATS if isinstance(content, dict) and name in content]
    if len(given) != 1:
        raise BadRequest(
            f"a body must be a JSON object with exactly one of {', '.join(_FORMATS)}, "
            f"got {_shape(content)}"
        )
    return Request(_frame(content[given[0]], given[0]), _wanted(content.get("params"), has_classes))


def parse_records(body: bytes) -> pd.DataFrame:
    """A request to /predict: a JSON list of records, or one record. Raises BadRequest."""
    content = _json(body)
    records = [content] if isinstance(content, dict) else content
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise BadRequest(f"a body must be a record or a list of records, got {_shape(content)}")
    return pd.DataFrame(records)


def invocation_response(outputs: np.ndarray, classes: list[Any] | None, wanted: str) -> bytes:
    """The response of /invocations to outputs of a model: its `predictions`."""
    if classes is None:
        found = outputs.tolist()
    elif wanted == "prediction":
        found = labels_of(outputs, classes).tolist()
    else:
        names = [str(label) for label in classes]
        found = [dict(zip(names, row, strict=True)) for row in outputs.tolist()]
    return json.dumps({"predictions": found}).encode()


def records_response(outputs: np.ndarray, classes: list[Any] | None) -> bytes:
    """The response of /predict: a record for each row, named as `score` names its columns."""
    if classes is None:
        return json.dumps([{"predicted": value} for value in outputs.tolist()]).encode()
    names = [f"probability of {label}" for label in classes]
    labels = labels_of(outputs, classes).tolist()
    found = [{"predicted": label, **dict(zip(names, row, strict=True))}
             for label, row in zip(labels, outputs.tolist(), strict=True)]  # fmt: skip
    return json.dumps(found).encode()


def error_response(message: str, code: str) -> bytes:
    """An error as MLflow's servers spell it."""
    return json.dumps({"error_code": code, "message": message}).encode()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"a body must be JSON in UTF-8, got what is none ({error})") from None


def _frame(content: Any, name: str) -> pd.DataFrame:
    try:
        if name == "dataframe_split":
            return _named(pd.DataFrame(content["data"], columns=content["columns"]))
        if name == "dataframe_records" and not isinstance(content, list):
            raise ValueError(f"a list of records is needed, got {_shape(content)}")
        # instances and inputs: records, or a list of values for each column.
        return _named(pd.DataFrame(content))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadRequest(f"{name} must be a table with named columns ({reason})") from None


def _named(table: pd.DataFrame) -> pd.DataFrame:
    if not table.columns.is_unique:
        raise ValueError("each column once")
    return table


def _wanted(params: Any, has_classes: bool) -> str:
    if params is None:
        return _OUTPUTS[0]
    known = ("output",) if has_classes else ()
    unknown = [name for name in params if name not in known] if isinstance(params, dict) else ["?"]
    if unknown:
        raise BadRequest(f"params must be among {', '.join(known) or 'none'}, got {params!r}")
    wanted = params.get("output", _OUTPUTS[0])
    if wanted not in _OUTPUTS:
        raise BadRequest(f"output must be one of {', '.join(_OUTPUTS)}, got {wanted!r}")
    return str(wanted)


def _read_csv(body: bytes, kinds: Mapping[str, ColumnKind]) -> pd.DataFrame:
    import pyarrow as pa

    from reprise.raw.literals import fields_of_kind

    try:
        table = pd.read_csv(io.BytesIO(body), dtype="str", keep_default_na=False, index_col=False)
    except ValueError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadRequest(f"a body must be CSV in UTF-8, got what is none ({reason})") from None
    columns = {
        name: fields_of_kind(pa.array(table[name], pa.string()), kind, ".").to_pandas()
        for name, kind in kinds.items()
        if name in table
    }
    return pd.DataFrame(columns, index=table.index)


def _read_parquet(body: bytes) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(pa.BufferReader(body)).to_pandas(date_as_object=False)
    except (pa.ArrowException, OSError, ValueError):
        raise BadRequest("a body must be Parquet, got what is none") from None


def _shape(content: Any) -> str:
    if isinstance(content, dict):
        return f"an object with {', '.join(map(repr, list(content)[:5])) or 'nothing'}"
    named = {list: "a list", str: "a text"}
    return next((name for kind, name in named.items() if isinstance(content, kind)), repr(content))
