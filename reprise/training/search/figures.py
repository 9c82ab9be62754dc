"""Pictures of a search; each function returns a figure and draws nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from reprise.evaluation.metrics import is_better, larger_is_better
from reprise.models.family import Family
from reprise.reports.png_plots import BLUE, GREY, ORANGE, new_figure, plain, png
from reprise.tracking.contract import SEARCH_PAGE
from reprise.training.search.search_page import FEWEST, search_page
from reprise.training.search.study import importances, searched, study_of
from reprise.training.search.trial import Trial


def history(metric: str, trials: Sequence[Trial]) -> Figure:
    """The value of each trial in the order they were proposed, and the best so far."""
    figure, axes = new_figure()
    axes.scatter([t.number for t in trials], [t.value for t in trials], s=14, color=BLUE)
    best, steps = float("nan"), []
    for trial in trials:
        best = trial.value if is_better(metric, trial.value, best) else best
        steps.append(best)
    axes.step([t.number for t in trials], steps, where="post", color=ORANGE, label="best so far")
    axes.set(xlabel="trial", ylabel=f"{metric}, mean of the folds", title="Optimisation history")
    axes.legend(fontsize=8)
    return figure


def slices(metric: str, trials: Sequence[Trial], family: Family) -> Figure:
    """A panel a hyperparameter: its value across, what the trial scored up."""
    names = searched(trials)
    figure = Figure(figsize=(1 + 3 * len(names), 3.5), layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        points = axes.scatter(
            [t.params[name] for t in trials],
            [t.value for t in trials],
            c=[t.number for t in trials],
            cmap="viridis",
            s=14,
        )
        axes.set(xlabel=plain(name))
        if family.hyperparameters[name].log:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=5))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.25)
    panels[0].set(ylabel=f"{metric}, mean of the folds")
    figure.colorbar(points, ax=panels, label="trial")
    figure.suptitle("Slices")
    return figure


def parallel_coordinates(metric: str, trials: Sequence[Trial], family: Family) -> Figure:
    """A line a trial through its hyperparameters to its value, on axes of their own."""
    names = searched(trials)
    columns = [[float(t.params[name]) for t in trials] for name in names]
    scaled = [
        _unit(column, family.hyperparameters[name].log)
        for name, column in zip(names, columns, strict=True)
    ]
    values = [t.value for t in trials]
    lines = np.column_stack([*scaled, _unit(values, log=False)])
    figure = Figure(figsize=(2 + 1.6 * len(names), 4), layout="constrained")
    axes = figure.subplots()
    order = np.argsort(values)
    if not larger_is_better(metric):
        order = order[::-1]  # the best are drawn last, on top
    for rank, position in enumerate(order):
        shade = rank / max(1, len(order) - 1)
        axes.plot(lines[position], color=BLUE if shade > 0.9 else GREY, alpha=0.2 + 0.7 * shade)
    labels = [*(plain(name, 20) for name in names), metric]
    for place, ends in enumerate([*columns, values]):
        axes.axvline(place, color="black", linewidth=0.8)
        axes.text(place, 1.03, f"{max(ends):.3g}", ha="center", fontsize=8)
        axes.text(place, -0.03, f"{min(ends):.3g}", ha="center", va="top", fontsize=8)
    axes.set(xticks=range(len(labels)), yticks=[], ylim=(-0.1, 1.1), title="Parallel coordinates")
    axes.set_xticklabels(labels)
    axes.tick_params(length=0, pad=10)
    axes.spines[:].set_visible(False)
    return figure


def parameter_importance(metric: str, shares: Mapping[str, float]) -> Figure:
    """A bar a hyperparameter: its share of the variance of the value."""
    figure = Figure(figsize=(6, 1.2 + 0.4 * len(shares)), layout="constrained")
    axes = figure.subplots()
    names = list(shares)[::-1]
    axes.barh([plain(name, 30) for name in names], [shares[name] for name in names], color=BLUE)
    axes.set(xlabel=f"share of the variance of {metric}", title="Importance of hyperparameters")
    return figure


def draw_search(_: Any, metric: str, trials: Sequence[Trial], family: Family, seed: int) -> Any:
    """The page and pictures of a search as bytes, by file name; in a worker, beside other work."""
    finished = [
        replace(trial, value=trial.estimate) if trial.pruned else trial
        for trial in trials
        if trial.pruned or trial.reason is None
    ]
    figures = {"history": history(metric, finished)}
    shares: Mapping[str, float] = {}
    if len(finished) >= FEWEST and searched(finished):
        figures["slices"] = slices(metric, finished, family)
        figures["parallel_coordinates"] = parallel_coordinates(metric, finished, family)
        shares = importances(study_of(metric, finished, family), seed)
    if shares:
        figures["parameter_importance"] = parameter_importance(metric, shares)
    page = search_page(metric, finished, trials, family, shares)
    return {f"{name}.png": png(figure) for name, figure in figures.items()} | {
        SEARCH_PAGE: page.encode()
    }


def _unit(values: Sequence[float], log: bool) -> np.ndarray:
    """`values` from 0 to 1."""
    numbers = np.log(values) if log else np.asarray(values, dtype="float64")
    span = np.ptp(numbers)
    return (numbers - numbers.min()) / span if span else np.full(len(numbers), 0.5)
