"""Boosting stops at its best tree."""

import numpy as np
import pytest

from reprise.models.families import get_family
from reprise.models.family import FitOptions
from tests.nasty_table import (
    kinds,
    parts,
)
from tests.unit.models.test_families import digests

pytestmark = pytest.mark.xdist_group("keras")


def test_boosting_keeps_the_trees_up_to_the_best_score_on_validation_rows():
    train, validation = parts("number")
    found = get_family("gbm")
    chosen = {**found.defaults, "n_estimators": 60, "patience": 5, "learning_rate": 0.3}
    stopped = found.fit("regression", train, validation, chosen, FitOptions(1))
    trees = stopped.settled["n_estimators"]
    assert 1 <= trees < 60
    errors = []
    for count in (trees, trees + 1, trees + 5):
        again = found.fit(
            "regression", train, None, {**chosen, "n_estimators": count}, FitOptions(1)
        )
        predicted = again.model(kinds()).predict(validation.X)
        errors.append(np.mean((predicted - validation.y.to_numpy()) ** 2))
        if count == trees:
            assert digests("gbm", again) == digests("gbm", stopped)
            assert not again.settled
    assert errors[0] == min(errors)
