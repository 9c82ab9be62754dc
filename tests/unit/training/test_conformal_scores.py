"""Scores of rows that did not train: what they promise is held by further rows like them."""

import numpy as np
import pandas as pd
import pytest

from reprise.data.prepared_table import Part
from reprise.evaluation.prediction import Prediction, as_prediction
from reprise.predictor import Conformal
from reprise.training.conformal_scores import conformal_of, digest_conformal


def rows(count: int, seed: int, uneven: float) -> tuple[Part, Prediction]:
    """Rows whose error is up to `uneven` times as large where `where` is, and what is said."""
    draw = np.random.default_rng(seed)
    X = pd.DataFrame({"where": draw.uniform(0, 1, count), "other": draw.normal(size=count)})
    said = draw.normal(size=count)
    scale = 1 + (uneven - 1) * X["where"].to_numpy()
    return Part(X, pd.Series(said + scale * draw.normal(size=count))), Prediction(said)


def held(found: Conformal, part: Part, said: Prediction, coverage: float) -> np.ndarray:
    bounds = found.columns(part.X, said.values, None, coverage)
    y = part.y.to_numpy()
    return (bounds["lower"] <= y) & (y <= bounds["upper"])


@pytest.mark.parametrize("uneven", [1.0, 8.0])
def test_a_share_of_further_rows_is_within_bounds_whatever_their_errors(uneven):
    levels, shares = np.array([0.8, 0.9, 0.95]), []
    for seed in range(15):
        found = conformal_of("regression", *rows(300, seed, uneven), seed)
        further = rows(1000, 100 + seed, uneven)
        shares.append([held(found, *further, coverage).mean() for coverage in levels])
    assert np.abs(np.mean(shares, axis=0) - levels).max() < 0.02


def test_where_errors_are_larger_bounds_are_wider_and_hold_as_much():
    found = conformal_of("regression", *rows(2000, 1, 8.0), 1)
    part, said = rows(8000, 2, 8.0)
    inside, hard = held(found, part, said, 0.9), part.X["where"] > 0.5
    plain = held(
        Conformal(conformal_of("regression", *rows(99, 1, 8.0), 1).scores), part, said, 0.9
    )
    assert found.difficulty is not None
    assert abs(inside[hard].mean() - inside[~hard].mean()) < 0.08
    assert abs(plain[hard].mean() - plain[~hard].mean()) > 0.1


def test_where_errors_are_alike_or_rows_few_all_bounds_are_equally_far():
    assert conformal_of("regression", *rows(2000, 1, 1.0), 1).difficulty is None
    assert conformal_of("regression", *rows(99, 1, 8.0), 1).difficulty is None


def test_a_model_that_is_never_wrong_has_bounds_of_no_width():
    part, said = rows(200, 1, 1.0)
    found = conformal_of("regression", Part(part.X, pd.Series(said.values)), said, 1)
    assert found.columns(part.X, said.values, None, 0.9)["upper"].tolist() == said.values.tolist()


def test_sets_hold_the_actual_label_as_often_as_asked_and_unknown_labels_count_against_them():
    draw = np.random.default_rng(4)
    chances = draw.dirichlet([1, 1, 1], 6000)
    labels = pd.Series([draw.choice(["a", "b", "c"], p=row) for row in chances])
    part = Part(pd.DataFrame(index=range(6000)), labels)
    said = as_prediction(chances, ["a", "b", "c"])
    found = conformal_of(
        "classification", Part(part.X[:3000], labels[:3000]), said.at(slice(3000)), 1
    )
    sets = found.columns(part.X[3000:], chances[3000:], said.classes, 0.9)["set"]
    pairs = zip(sets, labels[3000:], strict=True)
    assert abs(np.mean([label in each for each, label in pairs]) - 0.9) < 0.02
    unheard = conformal_of(
        "classification", Part(part.X[:9], pd.Series(["d"] * 9)), said.at(slice(9)), 1
    )
    assert unheard.scores.tolist() == [1.0] * 9


def test_a_draw_of_very_many_rows_is_kept_and_is_the_same_twice():
    found = [conformal_of("regression", *rows(21_000, 1, 1.0), 3) for _ in range(2)]
    assert len(found[0].scores) == 20_000
    assert digest_conformal(found[0]) == digest_conformal(found[1])
    other = conformal_of("regression", *rows(21_000, 2, 1.0), 3)
    assert digest_conformal(other) != digest_conformal(found[0])
