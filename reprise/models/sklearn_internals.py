"""Whatever reaches into scikit-learn, past what it promises: what, why, and what it saves.

A new release may move any of this: a test each fails where it has, and where scikit-learn has come
to offer it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np


def drop_stages(booster: Any, kept: int) -> None:
    """Leave of a histogram gradient boosting its first `kept` stages, and their scores.

    scikit-learn stops after the stages that brought no gain, and keeps them. Saves fitting once
    more with as many as were good, which is nearly all of the time of a fit again.
    """
    del booster._predictors[kept:]
    booster.train_score_ = booster.train_score_[: kept + 1]
    booster.validation_score_ = booster.validation_score_[: kept + 1]


def learned_trees(booster: Any) -> Iterator[np.ndarray]:
    """What a histogram gradient boosting predicts from: its baseline, then the nodes of each tree.

    Of the nodes a structured array, float64 and integer fields. Predictions alone would not tell
    two models apart that agree on the rows at hand, and scikit-learn shows no tree.
    """
    yield np.asarray(booster._baseline_prediction, dtype="float64")
    for stage in booster._predictors:
        for tree in stage:
            yield tree.nodes
