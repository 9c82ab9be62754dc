"""The rows that predictions are explained against."""

import numpy as np

from reprise.predictor import Background


def test_a_background_has_means_of_all_rows_and_some_rows_from_all_over_the_target():
    random = np.random.default_rng(0)
    target = random.permutation(1000).astype("float64")
    features = np.stack([target * 2, random.normal(size=1000)], axis=1)
    found = Background.of(features, target)
    np.testing.assert_allclose(found.means, features.mean(axis=0))
    assert np.sort(found.rows[:, 0]).tolist() == list(range(20, 2000, 40))


def test_classes_are_there_as_often_as_in_all_rows():
    labels = np.array(["rare"] * 100 + ["common"] * 900)
    features = (labels == "rare").astype("float64")[:, np.newaxis]
    assert Background.of(features, labels).rows.sum() == 5


def test_few_rows_are_all_kept():
    features = np.arange(6.0).reshape(3, 2)
    assert np.array_equal(Background.of(features, [2, 1, 2]).rows, features)


def test_a_stored_background_comes_back_bit_for_bit(tmp_path):
    found = Background.of(np.random.default_rng(1).normal(size=(70, 3)), np.arange(70))
    found.save(tmp_path / "background.npz")
    back = Background.load(tmp_path / "background.npz")
    assert np.array_equal(back.means, found.means)
    assert np.array_equal(back.rows, found.rows)
