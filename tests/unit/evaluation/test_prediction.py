"""What a model says of some rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from reprise.evaluation.prediction import Prediction, labels_in, predict, probability_columns
from reprise.predictor import PipelineModel

THREE = Prediction(
    np.array(["a", "b", "b"]), np.array([[0.9, 0.1], [0.4, 0.6], [0, 1]]), ["a", "b"]
)


class Halves(BaseEstimator):
    """Sure of class b where x is above 0."""

    def predict_proba(self, rows):
        sure = (rows["x"].to_numpy() > 0).astype("float64")
        return np.column_stack([1 - sure, sure])


@pytest.mark.parametrize("classes", [["a", "b"], [3, 7], [False, True]])
def test_labels_keep_their_type(classes):
    pipeline = Pipeline([("as_is", FunctionTransformer()), ("halves", Halves())])
    rows = pd.DataFrame({"x": [-1, 1]})
    found = predict(PipelineModel(pipeline, {"x": "number"}, classes), rows)
    assert found.values.tolist() == classes
    assert {type(value) for value in found.values.tolist()} == {type(classes[0])}
    assert found.numbers.tolist() == [[1, 0], [0, 1]]


def test_a_frame_of_predictions_has_a_probability_for_each_class():
    shares = np.array([[0.75, 0.25], [0.5, 0.5]])
    prediction = Prediction(np.array(["a", "b"]), shares, ["a", "b"])
    assert prediction.to_frame(pd.Series(["a", "a"], index=[4, 2])).to_dict("list") == {
        "actual": ["a", "a"],
        "predicted": ["a", "b"],
        "probability of a": [0.75, 0.5],
        "probability of b": [0.25, 0.5],
    }


def test_the_numbers_behind_a_regression_are_its_values():
    prediction = Prediction(np.array([1.0, 2.0, 3.0]))
    assert prediction.numbers is prediction.values
    assert list(prediction.to_frame(pd.Series([1.0, 2.0, 4.0]))) == ["actual", "predicted"]


@pytest.mark.parametrize("rows", [slice(1, 3), np.array([False, True, True]), np.array([1, 2])])
def test_some_rows_of_a_prediction_keep_labels_and_probabilities(rows):
    found = THREE.at(rows)
    assert found.values.tolist() == ["b", "b"]
    assert found.numbers.tolist() == [[0.4, 0.6], [0, 1]]
    assert found.classes == ["a", "b"]
    assert Prediction(np.arange(3.0)).at(rows).values.tolist() == [1, 2]


@pytest.mark.parametrize("classes", [["a", "b"], [3, 7], [False, True], ["", "probability of x"]])
def test_a_table_of_predictions_is_read_back_and_tells_its_labels(classes):
    prediction = Prediction(np.array(classes), np.eye(2), classes)
    table = prediction.to_frame(pd.Series(classes))
    assert labels_in(table) == [str(label) for label in classes]
    again = Prediction.from_frame(table, classes)
    assert again.numbers.tolist() == prediction.numbers.tolist()
    assert again.values.tolist() == classes


def test_numbers_have_no_columns_of_probabilities():
    prediction = Prediction(np.array([1.0, 2.0]))
    table = prediction.to_frame(pd.Series([1.0, 3.0]))
    assert prediction.by_class == {}
    assert labels_in(table) == probability_columns(None) == []
    assert Prediction.from_frame(table, None).values.tolist() == [1, 2]
