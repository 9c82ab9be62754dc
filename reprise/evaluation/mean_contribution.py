"""How much each column moves the predictions of a model: the mean size of its contributions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.digests import digest_arrays
from reprise.predictor import NotOffered, TabularModel

# Operations that a summary may take, in the count of the model: a second or two.
_WORK = 2e9
_FEWEST, _MOST = 10, 200


@dataclass(frozen=True)
class MeanContribution:
    """The mean absolute contribution by column, largest first, of so many `rows`.

    `digest` is that of every contribution to every one of these rows.
    """

    rows: int
    means: Mapping[str, float]
    digest: str

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        columns = [{"column": name, "mean": mean} for name, mean in self.means.items()]
        return {"of": self.rows, "rows": columns}


def mean_contribution(model: TabularModel, X: pd.DataFrame) -> MeanContribution | None:
    """The summary of rows from all over X, in plain form; None where the model has no reasons.

    More of them where the model explains a row with little work.
    """
    try:
        work = model.work_of_reasons
    except NotOffered:
        return None
    count = min(len(X), _MOST, max(_FEWEST, int(_WORK // work)))
    rows = X.iloc[((np.arange(count) + 0.5) * len(X) / count).astype("int64")]
    found = model.reasons_of(rows, model.outputs_of(rows))
    means = np.abs(found.contributions).mean(axis=0)
    order = np.argsort(-means, kind="stable")
    return MeanContribution(
        count,
        {found.columns[place]: float(means[place]) for place in order},
        digest_arrays([found.contributions, found.base]),
    )


def blended_contribution(
    found: Sequence[Mapping[str, Any] | None], weights: Sequence[float]
) -> dict[str, Any] | None:
    """What `to_json` gives, of a blend whose members have given these; None where one has none."""
    total: dict[str, float] = {}
    known = [each for each in found if each]
    if len(known) < len(found):
        return None
    for each, weight in zip(known, weights, strict=True):
        for row in each["rows"]:
            total[row["column"]] = total.get(row["column"], 0.0) + weight * row["mean"]
    ordered = sorted(total.items(), key=lambda pair: -pair[1])
    rows = [{"column": name, "mean": mean} for name, mean in ordered]
    return {"of": min(each["of"] for each in known), "rows": rows}
