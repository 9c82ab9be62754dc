"""Networks stop at their best epoch."""

import numpy as np
import pytest

from reprise.models.families import get_family
from reprise.models.family import FitOptions
from tests.nasty_table import (
    TARGETS,
    kinds,
    parts,
)
from tests.unit.models.test_families import digests

pytestmark = pytest.mark.xdist_group("keras")


def test_a_network_keeps_the_weights_of_its_best_epoch():
    train, validation = parts("number")
    losses = []
    found = get_family("nn")
    chosen = {**found.defaults, "epochs": 200, "patience": 3, "learning_rate": 0.02}
    done = found.fit(
        "regression",
        train,
        validation,
        chosen,
        FitOptions(1, on_epoch=lambda number, values: losses.append(values["val_loss"])),
    )
    assert len(losses) < 200
    assert len(losses) == int(np.argmin(losses)) + 1 + 3
    error = (done.model(kinds()).predict(validation.X) - validation.y.to_numpy()) / train.y.std(
        ddof=0
    )
    assert np.mean(error**2) == pytest.approx(min(losses), rel=1e-3)


@pytest.mark.parametrize("target", ["number", "kind"])
def test_a_network_fitted_for_its_best_epochs_is_the_one_that_stopped_there(target):
    learning, held_out = parts(target)
    chosen = {**get_family("nn").defaults, "units": 12, "epochs": 9, "learning_rate": 0.02}
    stopped = get_family("nn").fit(TARGETS[target], learning, held_out, chosen, FitOptions(seed=4))
    epochs = stopped.settled["epochs"]
    assert 1 <= epochs <= 9
    again = get_family("nn").fit(
        TARGETS[target], learning, None, {**chosen, **stopped.settled}, FitOptions(4, fixed=True)
    )
    assert again.settled == {"epochs": epochs}
    assert digests("nn", again) == digests("nn", stopped)


def test_a_network_without_a_validation_part_holds_rows_back():
    train, _ = parts("kind")
    found = get_family("nn")
    done = found.fit("classification", train, None, {**found.defaults, "epochs": 2}, FitOptions(1))
    assert done.classes == sorted(train.y.unique())
    assert done.model(kinds()).predict_proba(train.X).shape == (len(train.y), 3)
