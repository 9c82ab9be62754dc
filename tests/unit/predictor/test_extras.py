"""What comes beside predictions: named before it is made, and refused where a model has it not."""

import numpy as np
import pandas as pd
import pytest

from reprise.predictor import Conformal, Extras, NotOffered, with_extras
from tests.unit.inference.models import ROW, Doubling

TABLE = pd.DataFrame([ROW, ROW | {"size": 4.0}], index=[7, 3])


def bounded(classes: list | None = None) -> Doubling:
    model = Doubling(classes)
    model.conformal = Conformal(np.array([0.5, 1.0, 1.5]))
    return model


def test_bounds_stand_beside_the_predictions_of_raw_rows():
    found = with_extras(bounded(), TABLE, Extras(coverage=0.5))
    assert found.to_dict("list") == {
        "predicted": [5.0, 8.0],
        "lower": [4.0, 7.0],
        "upper": [6.0, 9.0],
    }
    assert found.index.tolist() == [7, 3]


def test_sets_of_labels_stand_beside_labels():
    found = with_extras(bounded(["a", "b"]), TABLE, Extras(coverage=0.5))
    assert found["predicted"].tolist() == ["a", "a"]
    assert found["set"].tolist() == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("classes", [None, ["a", "b"]])
def test_names_are_those_of_the_columns(classes):
    model, extras = bounded(classes), Extras(coverage=0.5)
    rows = model.plain(TABLE)
    assert list(extras.columns(model, rows, model.outputs_of(rows))) == extras.names(model)
    assert Extras().names(model) == []
    assert Extras().columns(Doubling(classes), rows, model.outputs_of(rows)) == {}


def test_a_model_that_does_not_know_its_errors_is_told_to_be_trained_again():
    with pytest.raises(NotOffered, match="train it again"):
        Extras(coverage=0.5).check(Doubling())
    Extras().check(Doubling())


def test_more_than_its_rows_can_promise_is_refused():
    with pytest.raises(NotOffered, match=r"at most 0\.75 .* 3 rows, got 0\.9"):
        with_extras(bounded(), TABLE, Extras(coverage=0.9))
