"""Evidence of a blend, from that of its members: predictions are weighted means of theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Dependence = Mapping[str, Any]


def blended_dependence(
    members: Sequence[Sequence[Dependence]], weights: Sequence[float]
) -> list[dict[str, Any]]:
    """The partial dependence of a blend on the columns that every member has one of.

    Members were asked for the same values in the same rows, so that the mean of their means,
    weighted as the blend weighs them, is what the blend would say.
    """
    known = [{each["column"]: each for each in member} for member in members]
    shared = [each for each in members[0]
              if all(each["column"] in member and member[each["column"]]["values"] == each["values"]
                     for member in known)]  # fmt: skip
    return [
        {**each, "series": _mean([member[each["column"]]["series"] for member in known], weights)}
        for each in shared
    ]


def _mean(
    series: Sequence[Mapping[str, Sequence[float]]], weights: Sequence[float]
) -> dict[str, list[float]]:
    """The classes that all members show; of members of many classes these may be few."""
    labels = [label for label in series[0] if all(label in other for other in series)]
    return {
        label: np.average([each[label] for each in series], axis=0, weights=weights).tolist()
        for label in labels
    }
