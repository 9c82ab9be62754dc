"""What requests say: MLflow's scoring protocol, and plain records."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from reprise.inference.bounds import BadRequest, Bounds
from reprise.inference.json_rows import FORMATS, parse_json, rows_of, rows_of_records, shape
from reprise.inference.packed_rows import rows_of_csv, rows_of_parquet
from reprise.predictor import Extras, WrongValue, plain_features

CSV, JSON, PARQUET = "text/csv", "application/json", "application/vnd.apache.parquet"
OUTPUTS = ("prediction", "probabilities", "interval", "reasons")
COVERAGE = 0.9
_READERS: dict[str, Callable[[bytes, Bounds], pd.DataFrame]] = {
    CSV: rows_of_csv,
    PARQUET: rows_of_parquet,
}


@dataclass(frozen=True)
class Request:
    """Rows to predict, in plain form, which of OUTPUTS is wanted, and what more than that."""

    rows: pd.DataFrame
    output: str = OUTPUTS[0]
    extras: Extras = field(default_factory=Extras)


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
    return Request(_plain(rows, bounds), *_wanted(content.get("params"), has_classes))


def parse_records(
    body: bytes, content_type: str, bounds: Bounds, asked: Mapping[str, str] | None = None
) -> Request:
    """A request to /predict: a JSON list of records, or one record; what is `asked` by its URL.

    Raises BadRequest.
    """
    _kind(content_type, (JSON,))
    given = asked or {}
    if unknown := [name for name in given if name not in ("coverage", "reasons")]:
        raise BadRequest(
            f"a URL may ask for coverage=<share> and reasons=<number>, got '{unknown[0]}'"
        )
    extras = Extras(_coverage(given.get("coverage", 0)), _reasons(given.get("reasons", "0")))
    rows = rows_of_records(parse_json(body, bounds), bounds)
    return Request(_plain(rows, bounds), extras=extras)


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


def _wanted(params: Any, has_classes: bool) -> tuple[str, Extras]:
    """Which of OUTPUTS, and what comes with it."""
    known = [name for name in OUTPUTS if has_classes or name != "probabilities"]
    given = {} if params is None else params
    names = ("output", "coverage")
    if not isinstance(given, dict) or not given.keys() <= {*names}:
        raise BadRequest(f"params must be among {', '.join(names)}, got {shape(params)}")
    wanted = given.get("output", OUTPUTS[0])
    if wanted not in known:
        raise BadRequest(f"output must be one of {', '.join(known)}, got {shape(wanted)}")
    if wanted != "interval":
        return str(wanted), Extras(contributions=wanted == "reasons")
    coverage = _coverage(given.get("coverage", COVERAGE))
    if not coverage:
        raise BadRequest("coverage of an interval must be above 0, got 0")
    return str(wanted), Extras(coverage=coverage)


def _coverage(given: Any) -> float:
    """The coverage that a number, or its text, is; BadRequest for none."""
    try:
        found = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not 0 <= found < 1:
        raise BadRequest(f"coverage must be a number from 0 to below 1, got {shape(given)}")
    return found


def _reasons(given: str) -> int:
    """How many reasons a text asks for; BadRequest where that is no number."""
    if not (given.isascii() and given.isdigit() and len(given) < 9):
        raise BadRequest(f"reasons must be a whole number from 0, got {shape(given)}")
    return int(given)
