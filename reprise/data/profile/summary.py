"""What there is to know of a prepared table before anything learns from it, as JSON values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.profile.checks import suspicions
from reprise.data.profile.distributions import column_summary, target_summary
from reprise.data.profile.univariate import strengths
from reprise.data.schema import Schema


def summarise(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Distributions of the columns and the target, and what looks wrong.

    `parts` has rows of train, validation and test, features and target in their plain form: all,
    or the sample that `sample` takes. The result: `rows` looked at in each part; `target`;
    `columns` (of train rows, with `alone`: how much of the target each predicts by itself, R² on
    validation rows); `suspicions` (list of `kind`, `column` or None, `text`).
    """
    with np.errstate(all="ignore"):  # numbers near the largest that there are
        return _summarise(schema, parts)


def _summarise(schema: Schema, parts: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    alone = strengths(schema, parts["train"], parts["validation"])
    columns = {
        name: column_summary(parts["train"][name], column.role) | {"alone": alone[name]}
        for name, column in schema.columns.items()
    }
    return {
        "rows": {name: len(part) for name, part in parts.items()},
        "target": target_summary(schema, parts),
        "columns": columns,
        "suspicions": suspicions(schema, parts, alone),
    }
