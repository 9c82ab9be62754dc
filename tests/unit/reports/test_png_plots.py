"""Pictures of predictions."""

import io

import numpy as np
import pandas as pd
import pytest

from reprise.evaluation.permutation_importance import Importance
from reprise.evaluation.prediction import Prediction
from reprise.reports import png_plots

ODD = [
    r"$\frac$",
    "a$b",
    "$x$ <b>&amp;</b>",
    r"\$",
    "_hidden",
    "größe (cm²)",
    "x" * 200,
    "",
    "a\nb",
]


def png(figure):
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=40)
    return content.getvalue()


def is_drawn(figure):
    return png(figure).startswith(b"\x89PNG") and len(png(figure)) > 1000


def numbers(rows=50, name="price"):
    actual = np.linspace(0, 10, rows)
    return pd.Series(actual, name=name), Prediction(actual + np.sin(actual))


def labels(classes, rows=60):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(len(classes)), rows)
    y = pd.Series([classes[row % len(classes)] for row in range(rows)])
    predicted = pd.Series([classes[best] for best in probabilities.argmax(axis=1)]).to_numpy()
    return y, Prediction(predicted, probabilities, classes)


def legend_of(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_predictions_are_drawn_against_what_was_measured():
    figure = png_plots.predicted_against_actual(*numbers())
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("actual price", "predicted")
    assert len(axes.collections[0].get_offsets()) == 50
    assert len(axes.lines) == 1
    assert is_drawn(figure)


def test_residuals_are_drawn_against_predictions_and_counted():
    y, prediction = numbers()
    figure = png_plots.residuals(y, prediction)
    left, right = figure.axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("predicted", "actual minus predicted")
    offsets = np.asarray(left.collections[0].get_offsets())
    assert offsets[:, 1] == pytest.approx(y.to_numpy() - prediction.values)
    assert sum(bar.get_width() for bar in right.patches) == 50
    assert is_drawn(figure)


def test_many_points_are_thinned():
    figure = png_plots.predicted_against_actual(*numbers(40_000))
    assert 2_500 <= len(figure.axes[0].collections[0].get_offsets()) <= 10_000


def test_the_confusion_matrix_counts_rows_by_class():
    y = pd.Series([10, 9, 9, 2])
    prediction = Prediction(np.array([10, 9, 2, 2]), np.eye(4)[:, :3], [2, 9, 10])
    figure = png_plots.confusion_matrix(y, prediction)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["2", "9", "10"]
    assert [text.get_text() for text in axes.texts] == [*"100110001"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "actual")
    assert is_drawn(figure)


def test_a_class_never_seen_in_training_has_its_row_in_the_confusion_matrix():
    y, prediction = labels(["a", "b"])
    figure = png_plots.confusion_matrix(y.replace("a", "new"), prediction)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["a", "b", "new"]


@pytest.mark.parametrize("count", [31, 60])
def test_a_confusion_matrix_of_many_classes_is_colours_only(count):
    figure = png_plots.confusion_matrix(*labels([f"class {n}" for n in range(count)], 200))
    assert not figure.axes[0].texts
    assert is_drawn(figure)


CURVES = [png_plots.roc_curves, png_plots.precision_recall_curves, png_plots.calibration]


@pytest.mark.parametrize("draw", CURVES)
@pytest.mark.parametrize(
    ("classes", "curves"),
    [([False, True], 1), ([0, 1], 1), (["a", "b", "c"], 3), ([f"c{n}" for n in range(15)], 10)],
)
def test_there_is_a_curve_for_each_class_to_tell_apart(draw, classes, curves):
    figure = draw(*labels(classes))
    assert len(legend_of(figure)) == curves
    assert is_drawn(figure)


@pytest.mark.parametrize(
    ("draw", "xlabel", "ylabel"),
    [
        (png_plots.roc_curves, "false positive rate", "true positive rate"),
        (png_plots.precision_recall_curves, "recall", "precision"),
        (png_plots.calibration, "mean predicted probability", "share of rows"),
    ],
)
def test_curves_say_what_their_axes_are(draw, xlabel, ylabel):
    axes = draw(*labels(["a", "b"])).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == (xlabel, ylabel)


def test_the_area_under_a_perfect_curve_is_one():
    y = pd.Series(["a", "b"] * 5)
    prediction = Prediction(y.to_numpy(), np.tile(np.eye(2), (5, 1)), ["a", "b"])
    assert legend_of(png_plots.roc_curves(y, prediction)) == ["b (area 1.000)"]


@pytest.mark.parametrize("draw", CURVES)
def test_rows_of_one_class_leave_a_picture_without_curves(draw):
    y, prediction = labels(["a", "b"])
    figure = draw(pd.Series(["a"] * len(y)), prediction)
    assert figure.axes[0].get_legend() is None
    assert is_drawn(figure)


@pytest.mark.parametrize("label", ODD)
@pytest.mark.parametrize("draw", [*CURVES, png_plots.confusion_matrix])
def test_odd_labels_are_drawn(draw, label):
    assert is_drawn(draw(*labels([label, "other", "third"])))


@pytest.mark.parametrize("draw", CURVES)
def test_a_label_that_starts_with_an_underscore_is_in_the_legend(draw):
    assert any("_hidden" in text for text in legend_of(draw(*labels(["_hidden", "b", "c"]))))


@pytest.mark.parametrize("name", [*ODD, None, 7])
def test_odd_names_of_the_target_are_drawn(name):
    assert is_drawn(png_plots.predicted_against_actual(*numbers(name=name)))


def importance_of(names):
    count = len(names)
    means = np.linspace(1, 0, count)
    return Importance("rmse", pd.DataFrame({"column": names, "mean": means, "std": means / 10}))


def test_the_most_important_column_is_the_top_bar():
    figure = png_plots.importance(importance_of(["first", "second", "last"]))
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["last", "second", "first"]
    assert [bar.get_width() for bar in axes.patches] == [0, 0.5, 1]
    assert axes.get_xlabel() == "loss of rmse without the column"
    assert is_drawn(figure)


def test_only_the_twenty_most_important_columns_are_drawn():
    figure = png_plots.importance(importance_of([f"column {n}" for n in range(50)]))
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()][-1] == "column 0"
    assert len(figure.axes[0].patches) == 20


def test_odd_names_of_columns_are_drawn():
    assert is_drawn(png_plots.importance(importance_of(ODD)))


def test_losses_are_drawn_by_epoch_with_the_one_that_was_kept():
    figure = png_plots.loss_curve([3.0, 2.0, 1.0], [3.0, 1.5, 2.0])
    train, validation, kept = figure.axes[0].lines
    assert train.get_xydata().tolist() == [[1, 3], [2, 2], [3, 1]]
    assert validation.get_xydata().tolist() == [[1, 3], [2, 1.5], [3, 2]]
    assert kept.get_xdata() == [2, 2]
    assert legend_of(figure) == ["train", "validation", "kept"]
    assert is_drawn(figure)


@pytest.mark.parametrize(
    ("task", "y_and_prediction", "names"),
    [
        ("regression", numbers(), {"predicted_against_actual", "residuals"}),
        ("regression", numbers(1), {"predicted_against_actual", "residuals"}),
        (
            "classification",
            labels(["a", "b"]),
            {"confusion_matrix", "roc", "precision_recall", "calibration"},
        ),
    ],
)
def test_every_picture_of_a_task_is_drawn(task, y_and_prediction, names):
    figures = png_plots.draw_all(task, *y_and_prediction)
    assert set(figures) == names
    assert all(is_drawn(figure) for figure in figures.values())


def test_equal_predictions_give_equal_pictures():
    assert png(png_plots.residuals(*numbers())) == png(png_plots.residuals(*numbers()))
