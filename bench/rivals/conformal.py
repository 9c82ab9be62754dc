"""MAPIE's bounds for predictions that are there: what they hold, and how wide they are.

    python conformal.py <rows.npz> <regression | classification> <seed>

JSON on the last line: by method the coverage of each level, and the mean width at 0.9.
"""

import json
import sys
import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

LEVELS = [0.8, 0.9, 0.95]


class GivenNumber(RegressorMixin, BaseEstimator):
    """Predicts the first column."""

    def __sklearn_is_fitted__(self):
        """Always."""
        return True

    def fit(self, X, y):
        """Nothing is learned."""
        return self

    def predict(self, X):
        """The number that is given."""
        return np.asarray(X)[:, 0]


class GivenChances(ClassifierMixin, BaseEstimator):
    """Predicts the probabilities that are given."""

    def __sklearn_is_fitted__(self):
        """Always."""
        return True

    def __init__(self, count=2):
        self.count = count

    @property
    def classes_(self):
        """The numbers of the labels."""
        return np.arange(self.count)

    def fit(self, X, y):
        """Nothing is learned."""
        return self

    def predict_proba(self, X):
        """The probabilities, as rows."""
        X = np.asarray(X)
        return X / X.sum(axis=1, keepdims=True)

    def predict(self, X):
        """The most probable."""
        return np.argmax(X, axis=1)


def numbers(rows, seed):
    """Intervals by absolute and by normalised residuals."""
    from mapie.conformity_scores import AbsoluteConformityScore, ResidualNormalisedScore
    from mapie.regression import SplitConformalRegressor

    scores = {
        "MAPIE absolute": AbsoluteConformityScore(),
        "MAPIE normalised": ResidualNormalisedScore(random_state=seed),
    }
    found = {}
    for name, score in scores.items():
        model = SplitConformalRegressor(
            GivenNumber(), confidence_level=LEVELS, conformity_score=score, prefit=True
        )
        model.conformalize(rows["known_X"], rows["known_y"])
        _, bounds = model.predict_interval(rows["test_X"])
        truth = rows["test_y"][:, None]
        within = (bounds[:, 0, :] <= truth) & (truth <= bounds[:, 1, :])
        width = (bounds[:, 1, 1] - bounds[:, 0, 1]).mean()
        found[name] = {"coverage": within.mean(axis=0).tolist(), "width": float(width)}
    return found


def classes(rows, seed):
    """Sets by LAC, APS and RAPS."""
    from mapie.classification import SplitConformalClassifier

    found = {}
    for name in ("lac", "aps", "raps"):
        if name != "lac" and rows["known_X"].shape[1] == 2:
            continue  # MAPIE offers these for more than two labels only
        model = SplitConformalClassifier(
            GivenChances(rows["known_X"].shape[1]),
            confidence_level=LEVELS,
            conformity_score=name,
            prefit=True,
            random_state=seed,
        )
        model.conformalize(rows["known_X"], rows["known_y"])
        _, sets = model.predict_set(rows["test_X"])
        within = sets[np.arange(len(sets)), rows["test_y"], :]
        width = sets[:, :, 1].sum(axis=1).mean()
        found[f"MAPIE {name}"] = {
            "coverage": within.mean(axis=0).tolist(),
            "width": float(width),
        }
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    file, task, seed = sys.argv[1:]
    measured = (numbers if task == "regression" else classes)(np.load(file), int(seed))
    print(json.dumps(measured))
