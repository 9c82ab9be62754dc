"""A blend: the weighted mean of what several models say."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .reasons import Attribution, weighted
from .tabular import TabularModel


class Blend(TabularModel):
    """Members of the same columns and classes, with weights that sum to 1."""

    def __init__(self, members: Sequence[TabularModel], weights: Sequence[float]) -> None:
        super().__init__(members[0].kinds, members[0].classes)
        self.members = members
        self.weights = weights

    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        """The weighted mean of the members' numbers or probabilities."""
        return blended([member.outputs_of(rows) for member in self.members], self.weights)

    @property
    def work_of_reasons(self) -> float:
        """About how many operations it takes to explain a row; NotOffered where it cannot be."""
        return sum(member.work_of_reasons for member in self.members)

    def attribution_of(self, rows: pd.DataFrame) -> Attribution:
        """The weighted mean of what its members say of their numbers or probabilities."""
        return weighted([member.attribution_of(rows) for member in self.members], self.weights)


def blended(outputs: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The weighted mean of outputs of one shape, float64, added in their order."""
    total = outputs[0] * weights[0]
    for found, weight in zip(outputs[1:], weights[1:], strict=True):
        total = total + found * weight
    return np.asarray(total, dtype="float64")
