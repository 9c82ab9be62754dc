"""Why models predict what they do, for every family on a table of everything that is nasty."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.models.families import FAMILIES
from reprise.predictor import Blend, TabularModel
from reprise.predictor.reasons import Attribution, Reasons, of_label, weighted
from tests.nasty_table import CASES, fitted, kinds, parts, unseen_rows

pytestmark = pytest.mark.xdist_group("keras")
every_case = pytest.mark.parametrize(("family", "target"), CASES)


def rows_of(target: str) -> pd.DataFrame:
    return pd.concat([parts(target)[1].X.iloc[:12], unseen_rows()], ignore_index=True)


def prediction(model: TabularModel, rows: pd.DataFrame) -> np.ndarray:
    """Numbers, or the log-odds of the label: log p minus the mean log p of the others."""
    outputs = model.outputs(rows)
    if model.classes is None:
        return outputs
    logs = np.log(np.maximum(outputs, 1e-6))
    chosen = np.take_along_axis(logs, outputs.argmax(axis=1)[:, np.newaxis], 1)[:, 0]
    return chosen - (logs.sum(axis=1) - chosen) / (logs.shape[1] - 1)


@every_case
def test_contributions_and_base_add_up_to_the_prediction(family, target):
    model, rows = fitted(family, target).model(kinds()), rows_of(target)
    found = model.reasons(rows)
    assert found.columns == list(kinds())
    assert found.contributions.shape == (len(rows), len(kinds()))
    total = found.base + found.contributions.sum(axis=1)
    np.testing.assert_allclose(total, prediction(model, rows), rtol=1e-9, atol=1e-9)


@every_case
def test_a_row_has_the_same_reasons_to_the_last_bit_in_any_company(family, target):
    model, rows = fitted(family, target).model(kinds()), rows_of(target)
    together = model.reasons(rows)
    for chosen in ([0], [16], [3, 15], list(range(5, 17))):
        found = model.reasons(rows.iloc[chosen])
        assert np.array_equal(found.contributions, together.contributions[chosen])
        assert np.array_equal(found.base, together.base[chosen])


@every_case
def test_what_never_differed_contributes_nothing(family, target):
    model = fitted(family, target).model(kinds())
    found = model.reasons(parts(target)[0].X.iloc[:10])
    for name in ("same in train", "missing in train"):
        assert not found.contributions[:, found.columns.index(name)].any()
    assert found.contributions.any()


@pytest.mark.parametrize("target", ["number", "flag", "kind"])
def test_the_reasons_of_a_blend_add_up_too(target):
    rows = rows_of(target)
    members = [fitted(family, target).model(kinds()) for family in FAMILIES]
    weights = np.arange(1.0, len(members) + 1)
    blend = Blend(members, list(weights / weights.sum()))
    found = blend.reasons(rows)
    total = found.base + found.contributions.sum(axis=1)
    np.testing.assert_allclose(total, prediction(blend, rows), rtol=1e-9, atol=1e-9)
    some = blend.reasons(rows.iloc[[2, 16]])
    assert np.array_equal(some.contributions, found.contributions[[2, 16]])
    assert np.array_equal(some.base, found.base[[2, 16]])


def test_a_blend_of_numbers_weighs_its_members_contributions():
    rows = rows_of("number")
    members = [fitted(family, "number").model(kinds()) for family in ("gbm", "elasticnet")]
    one, other = (member.reasons(rows).contributions for member in members)
    found = Blend(members, [0.25, 0.75]).reasons(rows).contributions
    np.testing.assert_allclose(found, 0.25 * one + 0.75 * other, rtol=1e-9, atol=1e-9)


def test_two_classes_have_the_plain_log_odds():
    model, rows = fitted("gbm", "flag").model(kinds()), rows_of("flag")
    p = model.outputs(rows).max(axis=1)
    found = model.reasons(rows)
    total = found.base + found.contributions.sum(axis=1)
    np.testing.assert_allclose(total, np.log(p / (1 - p)), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000), classes=st.integers(2, 6), size=st.sampled_from([0.01, 1.0, 30.0])
)
def test_scores_become_probabilities_that_add_up(seed, classes, size):
    random = np.random.default_rng(seed)
    scores = Attribution(
        random.normal(size=(7, 4, classes)) * size, random.normal(size=classes), True
    )
    scores.contributions[:, 2] = 0.0
    found = scores.as_probabilities()
    powers = np.exp(scores.outputs - scores.outputs.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        found.outputs, powers / powers.sum(axis=1, keepdims=True), atol=1e-12
    )
    np.testing.assert_allclose(found.contributions.sum(axis=2), 0.0, atol=1e-9 * size)
    assert not found.contributions[:, 2].any()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 6))
def test_a_blend_of_one_model_says_what_the_model_says(seed, classes):
    random = np.random.default_rng(seed)
    scores = Attribution(random.normal(size=(5, 3, classes)), random.normal(size=classes), True)
    chosen = random.integers(0, classes, 5)
    alone = of_label(list("abc"), scores, chosen)
    found = of_label(list("abc"), weighted([scores], [1.0]), chosen)
    total = alone.base + alone.contributions.sum(axis=1)
    np.testing.assert_allclose(found.base + found.contributions.sum(axis=1), total, atol=1e-9)
    if classes == 2:
        np.testing.assert_allclose(found.contributions, alone.contributions, atol=1e-9)


def test_probabilities_of_zero_and_one_have_finite_reasons():
    certain = Attribution(
        np.array([[[-0.5, 0.5], [0.0, 0.0]], [[0.5, -0.5], [0.0, 0.0]]]), np.full(2, 0.5)
    )
    found = of_label(["a", "b"], certain, np.array([1, 0]))
    np.testing.assert_allclose(found.contributions[:, 0], np.log(1e6))
    assert not found.contributions[:, 1].any()


def test_the_columns_that_moved_a_row_most_come_first():
    found = Reasons(
        ["a", "b", "c"],
        np.array([[1.0, -3.0, 2.0], [0.5, 0.0, -0.5], [0.0, 0.0, 0.0]]),
        np.zeros(3),
    )
    (first, most), (second, more), (_, _), (fourth, nothing) = found.largest(4)
    assert first.tolist() == ["b", "a", None]
    assert most.tolist()[:2] == [-3.0, 0.5]
    assert np.isnan(most[2])
    assert second.tolist() == ["c", "c", None]
    assert more.tolist()[:2] == [2.0, -0.5]
    assert fourth.tolist() == [None, None, None]
    assert np.isnan(nothing).all()
