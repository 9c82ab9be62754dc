"""What looks wrong with a table: leaks, twins, drift, rare classes, identifiers, gaps."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from reprise.data.profile.drift import drifts
from reprise.data.profile.near_duplicates import twins
from reprise.data.schema import Schema
from reprise.formatting import count, number, share

_LEAK = 0.95
_TWINS = 0.01
_RARE_SHARE, _RARE_ROWS = 0.05, 10
_DIFFERENT, _FEWEST = 0.99, 50
_GAPS = 0.5
_ID = re.compile(r"(?:^|[^a-z])(?:id|key|uuid)$|Id$|ID$")
# Kind, column or None, text.
Suspicion = tuple[str, str | None, str]


def suspicions(
    schema: Schema, parts: Mapping[str, pd.DataFrame], alone: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Each with `kind`, `column` (None for the table) and `text`; the gravest kinds first."""
    found = [
        *_leaks(alone),
        *_repeated(schema, parts),
        *_drifting(schema, parts),
        *_rare(schema),
        *_identifiers(schema, parts["train"]),
        *_gaps(schema, parts["train"]),
    ]
    return [{"kind": kind, "column": column, "text": text} for kind, column, text in found]


def _leaks(alone: Mapping[str, float]) -> Iterator[Suspicion]:
    for name, strength in sorted(alone.items(), key=lambda item: -item[1]):
        if strength >= _LEAK:
            measured = f"R² {number(strength)} on validation rows"
            asked = "would it be known when predictions are made?"
            yield "leak", name, f"predicts the target almost by itself ({measured}): {asked}"


def _repeated(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> Iterator[Suspicion]:
    for part, found in twins(schema, parts).items():
        if found >= _TWINS:
            said = f"{share(found)} of the {part} rows have a near twin among the train rows"
            remedy = "split by group where rows belong together"
            yield "twins", None, f"{said}: what is measured there is partly remembered; {remedy}"


def _drifting(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> Iterator[Suspicion]:
    for name, part, distance in drifts(schema, parts):
        said = f"is distributed otherwise in {part} than in train rows"
        yield "drift", name, f"{said} (distance {number(distance)}, of at most 1)"


def _rare(schema: Schema) -> Iterator[Suspicion]:
    rows = sum(schema.classes.values())
    for label, found in schema.classes.items():
        if found < _RARE_ROWS or found / rows < min(_RARE_SHARE, 0.5 / len(schema.classes)):
            said = f"class '{label}' has {count(found)} of {count(rows)} rows"
            remedy = "look at its row of the confusion matrix, accuracy hides it"
            yield "imbalance", schema.target, f"{said} ({share(found / rows)}): {remedy}"


def _identifiers(schema: Schema, train: pd.DataFrame) -> Iterator[Suspicion]:
    for name, column in schema.columns.items():
        values = train[name].dropna()
        if len(values) < _FEWEST or column.role not in ("number", "text"):
            continue
        if column.role == "number" and not _counts_up(name, values, sum(schema.rows.values())):
            continue
        if values.nunique() >= _DIFFERENT * len(values) and not _is_prose(values, column.role):
            said = "is different in nearly every row, like an identifier"
            yield "identifier", name, f"{said}: it says nothing of new rows"


def _counts_up(name: str, values: pd.Series, rows: int) -> bool:
    """Whether whole numbers are called an id, or lie so densely that they number the rows."""
    if not (values == values.round()).all():
        return False
    return bool(_ID.search(name)) or values.max() - values.min() < 2 * rows


def _is_prose(values: pd.Series, role: str) -> bool:
    """Whether texts have several words: no identifier, though each occurs once."""
    return role == "text" and bool((values.str.count(r"\s+") >= 2).mean() > 0.5)


def _gaps(schema: Schema, train: pd.DataFrame) -> Iterator[Suspicion]:
    for name in schema.columns:
        missing = float(train[name].isna().mean())
        if missing > _GAPS:
            yield "missing", name, f"is missing in {share(missing)} of the train rows"
