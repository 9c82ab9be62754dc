"""A stored model: labels, probabilities, and the same bits in any company."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from reprise.models.families import FAMILIES
from reprise.predictor import (
    Blend,
    Network,
    PipelineModel,
    TabularModel,
)
from tests.nasty_table import CASES, fitted, kinds, parts, unseen_rows

pytestmark = pytest.mark.xdist_group("keras")


def sums_of(classes: list | None = None) -> TabularModel:
    """A model without learning: softmax of (0, a + b), or a + b for numbers."""
    weights = np.ones((2, 1), "float32") if classes is None else np.array([[0, 1], [0, 1]], "f4")
    net = Network([(weights, np.zeros(weights.shape[1], "f4"))], None if classes else 1.0)
    pipeline = Pipeline([("as_is", FunctionTransformer())]).fit(np.zeros((1, 2)))
    return PipelineModel(pipeline, {"a": "number", "b": "number"}, classes, net)


def test_a_model_of_numbers_predicts_float64_from_shuffled_columns():
    values = sums_of().predict(pd.DataFrame({"b": [2, 4], "other": ["x", "y"], "a": [1, 1]}))
    assert values.dtype == np.float64
    assert values.tolist() == [3.0, 5.0]


def test_a_model_of_numbers_has_no_probabilities():
    with pytest.raises(ValueError, match="model of a number"):
        sums_of().predict_proba(pd.DataFrame({"a": [1], "b": [2]}))


@pytest.mark.parametrize(
    "classes", [["no", "yes, [1]"], [False, True], [3, 7], [0.5, 1.5], ["", "long" * 50]]
)
def test_labels_have_the_type_of_the_classes(classes):
    labels = sums_of(classes).predict(pd.DataFrame({"a": [-1, 1], "b": [0, 0]}))
    assert labels.tolist() == classes
    assert [type(label) for label in labels.tolist()] == [type(label) for label in classes]


def test_equal_probabilities_give_the_first_class():
    assert sums_of(["x", "y"]).predict(pd.DataFrame({"a": [0], "b": [0]})).tolist() == ["x"]


@pytest.mark.parametrize(("family", "target"), CASES)
def test_a_row_is_predicted_to_the_same_bits_in_any_company(family, target):
    model = fitted(family, target).model(kinds())
    rows = pd.concat([parts(target)[1].X, unseen_rows()], ignore_index=True)
    together = model.outputs(rows)
    generator = np.random.default_rng(0)
    for size in (1, 1, 2, 5, 13, 41, len(rows) - 1):
        chosen = generator.choice(len(rows), size, replace=False)
        assert np.array_equal(model.outputs(rows.iloc[chosen]), together[chosen])


@pytest.mark.parametrize("target", ["number", "kind"])
def test_a_blend_is_the_weighted_mean_and_gives_a_row_the_same_bits_in_any_company(target):
    members = [fitted(family, target).model(kinds()) for family in FAMILIES]
    weights = [0.1, 0.15, 0.2, 0.25, 0.3]
    blend = Blend(members, weights)
    rows = pd.concat([parts(target)[1].X, unseen_rows()], ignore_index=True)
    together = blend.outputs(rows)
    shares = np.stack([member.outputs(rows) for member in members])
    np.testing.assert_allclose(together, np.tensordot(weights, shares, 1), rtol=1e-12)
    for chosen in ([3], [0, 41], list(range(7, len(rows)))):
        assert np.array_equal(blend.outputs(rows.iloc[chosen]), together[chosen])
