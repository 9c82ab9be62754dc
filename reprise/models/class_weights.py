"""How much rows of each class count in a fit."""

import numpy as np
import pandas as pd


def class_weights(y: pd.Series, strength: float) -> np.ndarray | None:
    """A weight for each row, float64 of shape (rows,) and mean 1; None for strength 0.

    Rows of a class weigh (1 / rows of that class) ** strength: at 1 all classes weigh the same.
    """
    if strength == 0:
        return None
    codes, classes = pd.factorize(y)
    weights = np.bincount(codes, minlength=len(classes)).astype("float64")[codes] ** -strength
    return np.asarray(weights / weights.mean())
