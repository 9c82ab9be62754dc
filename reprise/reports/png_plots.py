"""Pictures of predictions; each function returns a figure and draws nothing else."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reprise.evaluation.class_curves import Confusion, against_rest
from reprise.evaluation.permutation_importance import Importance
from reprise.evaluation.prediction import Prediction

BLUE, ORANGE, GREY = "#2563eb", "#d97706", "#9ca3af"
_MAX_POINTS = 5000
_MAX_LABELS_IN_MATRIX = 30
_MOST_IMPORTANT = 20


def predicted_against_actual(y: pd.Series, prediction: Prediction) -> Figure:
    """A point a row: actual value across, predicted value up, and the line where they agree."""
    figure, axes = new_figure()
    actual, predicted = _thinned(y.to_numpy(), prediction.values)
    axes.scatter(actual, predicted, s=12, alpha=0.6, color=BLUE, linewidths=0)
    ends = [min(actual.min(), predicted.min()), max(actual.max(), predicted.max())]
    axes.plot(ends, ends, color=GREY, linewidth=1)
    axes.set(xlabel=f"actual {plain(y.name)}", ylabel="predicted", title="Predicted against actual")
    return figure


def residuals(y: pd.Series, prediction: Prediction) -> Figure:
    """Actual minus predicted: against the prediction, and how they are distributed."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1], sharey=True)
    predicted, rest = _thinned(prediction.values, y.to_numpy() - prediction.values)
    left.scatter(predicted, rest, s=12, alpha=0.6, color=BLUE, linewidths=0)
    left.axhline(0, color=GREY, linewidth=1)
    left.set(xlabel="predicted", ylabel="actual minus predicted", title="Residuals")
    right.hist(y.to_numpy() - prediction.values, bins=40, orientation="horizontal", color=BLUE)
    right.axhline(0, color=GREY, linewidth=1)
    right.set(xlabel="rows")
    return figure


def confusion_matrix(y: pd.Series, prediction: Prediction) -> Figure:
    """Rows of each actual class by predicted class, coloured by share of the actual class."""
    found = Confusion.of(y, prediction)
    labels = sorted(found.labels, key=_natural)
    counts = found.ordered(labels).counts
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(12, 3.5 + 0.45 * len(labels))
    figure = Figure(figsize=(size + 1, size), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the actual class", shrink=0.8)
    if len(labels) <= _MAX_LABELS_IN_MATRIX:
        names = [plain(label, 20) for label in labels]
        axes.set_xticks(range(len(labels)), names, rotation=45 if len(labels) > 3 else 0)
        axes.set_yticks(range(len(labels)), names)
        for (row, column), number in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(number), ha="center", va="center", color=colour, fontsize=8)
    axes.set(xlabel="predicted", ylabel="actual", title="Confusion matrix (rows)")
    return figure


def roc_curves(y: pd.Series, prediction: Prediction) -> Figure:
    """True against false positives at every threshold, a curve per class."""
    figure, axes = new_figure()
    for one in against_rest(y, prediction):
        curve, area = one.roc()
        axes.plot(curve.x, curve.y, label=f"{plain(one.label, 20)} (area {area:.3f})")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    axes.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC")
    return _with_legend(figure, axes)


def precision_recall_curves(y: pd.Series, prediction: Prediction) -> Figure:
    """Precision against recall at every threshold, a curve per class."""
    figure, axes = new_figure()
    for one in against_rest(y, prediction):
        curve, average = one.precision_recall()
        axes.plot(curve.x, curve.y, label=f"{plain(one.label, 20)} (average {average:.3f})")
    axes.set(xlabel="recall", ylabel="precision", title="Precision and recall", ylim=(0, 1.02))
    return _with_legend(figure, axes)


def calibration(y: pd.Series, prediction: Prediction) -> Figure:
    """How often a class occurs where the model gives it a probability, in ten equal steps."""
    figure, axes = new_figure()
    for one in against_rest(y, prediction):
        curve = one.calibration()
        axes.plot(curve.x, curve.y, marker="o", markersize=4, label=plain(one.label, 20))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    axes.set(xlabel="mean predicted probability", ylabel="share of rows", title="Calibration")
    return _with_legend(figure, axes)


def importance(values: Importance) -> Figure:
    """A bar a column, of the first twenty: how much worse the metric gets without it."""
    top = values.table.head(_MOST_IMPORTANT).iloc[::-1]
    figure = Figure(figsize=(7, 1.5 + 0.28 * len(top)), layout="constrained")
    axes = figure.subplots()
    names = [plain(name, 30) for name in top["column"]]
    axes.barh(range(len(top)), top["mean"], xerr=top["std"], color=BLUE, ecolor=GREY)
    axes.set_yticks(range(len(top)), names)
    axes.set(xlabel=f"loss of {values.metric} without the column", title="Permutation importance")
    return figure


def loss_curve(train: Sequence[float], validation: Sequence[float]) -> Figure:
    """Loss of the train and validation rows after each epoch, and the epoch that was kept."""
    figure, axes = new_figure()
    axes.plot(range(1, len(train) + 1), train, color=BLUE, label="train")
    axes.plot(range(1, len(validation) + 1), validation, color=ORANGE, label="validation")
    axes.axvline(int(np.argmin(validation)) + 1, color=GREY, linewidth=1, label="kept")
    axes.set(xlabel="epoch", ylabel="loss", title="Training")
    return _with_legend(figure, axes)


def draw_all(task: str, y: pd.Series, prediction: Prediction) -> dict[str, Figure]:
    """The pictures that belong to a task, by file name without ending."""
    if task == "regression":
        chosen: dict[str, Any] = {
            "predicted_against_actual": predicted_against_actual,
            "residuals": residuals,
        }
    else:
        chosen = {
            "confusion_matrix": confusion_matrix,
            "roc": roc_curves,
            "precision_recall": precision_recall_curves,
            "calibration": calibration,
        }
    return {name: draw(y, prediction) for name, draw in chosen.items()}


def new_figure() -> tuple[Figure, Any]:
    """A figure with one set of axes and a light grid."""
    figure = Figure(figsize=(6, 5), layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.25)
    return figure, axes


def _with_legend(figure: Figure, axes: Any) -> Figure:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as the content of a PNG file."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def _thinned(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = max(1, len(first) // _MAX_POINTS)
    return first[::step], second[::step]


def plain(text: Any, most: int = 60) -> str:
    """Text that matplotlib shows as it is: no mathematics between dollars, no endless names."""
    plain = " ".join(str(text).split()).replace("$", r"\$")
    if plain.startswith("_"):
        plain = "\u200b" + plain  # matplotlib hides labels that begin with an underscore
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _natural(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
