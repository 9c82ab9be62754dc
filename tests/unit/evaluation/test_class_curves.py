"""How well classes are told apart."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from reprise.evaluation.class_curves import Confusion, against_rest, pooled_roc
from reprise.evaluation.prediction import Prediction


def predicted(classes, rows=90):
    """Labels in turn, and probabilities that know a little of them."""
    shares = np.random.default_rng(0).dirichlet(np.ones(len(classes)), rows)
    codes = np.arange(rows) % len(classes)
    shares[np.arange(rows), codes] += 0.3
    shares /= shares.sum(axis=1, keepdims=True)
    values = np.array([classes[best] for best in shares.argmax(axis=1)])
    return pd.Series([classes[code] for code in codes]), Prediction(values, shares, classes)


def test_confusion_is_what_scikit_learn_counts_in_any_order_of_labels():
    y, prediction = predicted([2, 9, 10])
    y[0] = 7  # a class never seen
    found = Confusion.of(y, prediction)
    assert found.labels == ["2", "9", "10", "7"]
    order = ["10", "2", "7", "9"]
    for labels, counts in ((found.labels, found.counts), (order, found.ordered(order).counts)):
        expected = metrics.confusion_matrix(
            y.astype(str), prediction.values.astype(str), labels=labels
        )
        assert np.array_equal(counts, expected)


def test_of_two_classes_the_second_is_told_from_the_first():
    (one,) = against_rest(*predicted([False, True]))
    assert one.label == "True"


def test_at_most_ten_classes_are_told_apart_the_most_frequent_first():
    y, prediction = predicted([f"c{n}" for n in range(12)], rows=240)
    y[:24] = "c11"
    found = against_rest(y, prediction)
    assert len(found) == 10
    assert found[0].label == "c11"
    assert all(one.positive.sum() >= found[-1].positive.sum() for one in found)


def test_classes_that_no_row_or_every_row_has_cannot_be_told_apart():
    y, prediction = predicted(["a", "b", "c"])
    assert [one.label for one in against_rest(y.replace("b", "a"), prediction)] == ["a", "c"]
    assert against_rest(pd.Series(["a"] * len(y)), prediction) == []


def test_numbers_have_no_classes():
    with pytest.raises(ValueError, match="known of classes"):
        against_rest(pd.Series([1.0]), Prediction(np.array([1.0])))


def test_curves_are_those_of_scikit_learn():
    for one in against_rest(*predicted(["a", "b", "c"])):
        curve, area = one.roc()
        false, true, _ = metrics.roc_curve(one.positive, one.scores)
        assert np.array_equal([curve.x, curve.y], [false, true])
        assert area == pytest.approx(metrics.roc_auc_score(one.positive, one.scores))
        curve, average = one.precision_recall()
        assert average == metrics.average_precision_score(one.positive, one.scores)
        assert (curve.x[0], curve.x[-1]) == (1, 0)
        calibrated = one.calibration()
        assert len(calibrated.x) <= 10
        assert ((calibrated.y >= 0) & (calibrated.y <= 1)).all()


def test_a_pooled_roc_holds_every_class_against_the_rest():
    y, prediction = predicted(["a", "b", "c"])
    curve = pooled_roc(prediction.to_frame(y))
    truth = np.concatenate([y == label for label in "abc"])
    false, true, _ = metrics.roc_curve(truth, prediction.numbers.T.ravel())
    assert np.array_equal([curve.x, curve.y], [false, true])


def test_a_pooled_roc_of_two_classes_is_that_of_the_second():
    y, prediction = predicted(["a", "b"])
    (one,) = against_rest(y, prediction)
    expected, _ = one.roc()
    curve = pooled_roc(prediction.to_frame(y))
    assert np.array_equal([curve.x, curve.y], [expected.x, expected.y])
