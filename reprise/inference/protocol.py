"""What requests say: MLflow's scoring protocol, and plain records."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reprise.inference.bounds import BadRequest, Bounds
from reprise.inference.json_rows import FORMATS, parse_json, rows_of, rows_of_records, shape
from reprise.inference.packed_rows import rows_of_csv, rows_of_parquet
from reprise.predictor import WrongValue, plain_features

CSV, JSON, PARQUET = "text/csv", "application/json", "application/vnd.apache.parquet"
OUTPUTS = ("prediction", "probabilities")
_READERS: dict[str, Callable[[bytes, Bounds], pd.DataFrame]] = {
    CSV: rows_of_csv,
    PARQUET: rows_of_parquet,
}


@dataclass(frozen=True)
class Request:
    """Rows to predict, in plain form, and what is wanted: prediction or probabilities."""

    rows: pd.DataFrame
    output: str = OUTPUTS[0]


def parse_invocation(body: bytes, content_type: str, bounds: Bounds, has_classes: bool) -> Request:
    """A request to /invocations: JSON in one of MLflow's four formats, CSV or Parquet.

    Raises BadRequest.
    """
    kind = _kind(content_type, (JSON, CSV, PARQUET))
    if kind in _READERS:
        return Request(_plain(_READERS[kind](body, bounds), bounds))
    content = parse_json(body, bounds)
    given = [name for name in FORMATS if isinstance(content, dict) and name in content]
    if len(given) != 1:
        raise BadRequest(
            f"a body must be a JSON object with exactly one of {', '.join(FORMATS)}, "
            f"got {shape(content)}"
        )
    rows = rows_of(content[given[0]], given[0], bounds)
    return Request(_plain(rows, bounds), _wanted(content.get("params"), has_classes))


def parse_records(body: bytes, content_type: str, bounds: Bounds) -> Request:
    """A request to /predict: a JSON list of records, or one record. Raises BadRequest."""
    _kind(content_type, (JSON,))
    return Request(_plain(rows_of_records(parse_json(body, bounds), bounds), bounds))


def _kind(content_type: str, known: tuple[str, ...]) -> str:
    """The type of a body, which must be said: a page of another site can send none of these."""
    kind, _, charset = content_type.partition(";")
    kind = kind.strip().lower()
    if kind not in known:
        one_of = "" if len(known) == 1 else "one of "
        raise BadRequest(
            f"Content-Type must be {one_of}{', '.join(known)}, got {content_type or 'none'!r}: "
            f"send it as a header (curl -H 'Content-Type: {known[0]}')",
            415,
        )
    if charset.strip().lower().replace('"', "") not in ("", "charset=utf-8"):
        raise BadRequest(f"bodies must be UTF-8, got '{charset.strip()}'", 415)
    return kind


def _plain(table: pd.DataFrame, bounds: Bounds) -> pd.DataFrame:
    try:
        rows = plain_features(table, dict(bounds.kinds))
    except WrongValue as error:
        raise BadRequest(str(error), column=error.column) from None
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BadRequest(str(error)) from None
    bounds.check_rows(len(rows))
    return rows


def _wanted(params: Any, has_classes: bool) -> str:
    if params is None:
        return OUTPUTS[0]
    known = ("output",) if has_classes else ()
    unknown = [name for name in params if name not in known] if isinstance(params, dict) else ["?"]
    if unknown:
        named = ", ".join(known) or "none"
        raise BadRequest(f"params must be among {named}, got {shape(params)}")
    wanted = params.get("output", OUTPUTS[0])
    if wanted not in OUTPUTS:
        raise BadRequest(f"output must be one of {', '.join(OUTPUTS)}, got {shape(wanted)}")
    return str(wanted)
