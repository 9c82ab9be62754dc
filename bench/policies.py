"""What choosing models one way or another costs on test rows: of what bench/portfolio.py keeps."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reprise.predictor import blended
from reprise.training.blending import find_weights

BASE = ("elasticnet", "rf", "gbm", "nn")
SETS: dict[str, Sequence[str]] = {
    "base": BASE,
    "with et": (*BASE, "et"),
    "with et, three gbm": (*BASE, "et", "gbm_usual", "gbm_stumps"),
    "without nn": ("elasticnet", "rf", "et", "gbm"),
}
_SMALLEST = np.finfo("float64").eps

# The arrays that a configuration left, by name.
Kept = Mapping[str, np.ndarray]


def print_policies(folder: Path) -> None:
    """A line for each policy: geometric mean and spread of its test error beside today's."""
    tables: dict[tuple[str, str], dict[str, Kept]] = {}
    for path in sorted(folder.glob("*.npz")):
        name, seed, configuration = path.stem.split(".")
        with np.load(path, allow_pickle=False) as arrays:
            tables.setdefault((name, seed), {})[configuration] = dict(arrays)
    logs: dict[str, list[float]] = {}
    for kept in tables.values():
        if not set(BASE) <= set(kept):
            continue
        today = _judged([kept[name] for name in BASE], "validation", "again_train", "today")
        for label, error in _policies(kept).items():
            logs.setdefault(label, []).append(float(np.log(error / today)))
    for label, found in logs.items():
        spread = np.std(found, ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
        print(
            f"{label:<52} mean {np.exp(np.mean(found)):.3f} (se {spread:.3f})  median "
            f"{np.exp(np.median(found)):.3f}  better {sum(log < 0 for log in found)} of "
            f"{len(found)}  worst {np.exp(max(found)):.3f}"
        )


def _policies(kept: Mapping[str, Kept]) -> dict[str, float]:
    """Test errors of every policy that these configurations allow."""
    found = {}
    for label, names in SETS.items():
        if not set(names) <= set(kept):
            continue
        chosen = [kept[name] for name in names]
        for how in ("today", "single", "blend"):
            found[f"{label}: holdout, {how}"] = _judged(chosen, "validation", "again_train", how)
        for how in ("single", "blend", "blend unless"):
            for fitted in ("bagged", "again_folds"):
                found[f"{label}: folds, {how}, {fitted}"] = _judged(chosen, "outside", fitted, how)
    return found


def _judged(chosen: Sequence[Kept], seen: str, fitted: str, how: str) -> float:
    """The test error where models are chosen by `seen` rows, and then `fitted` in that way.

    `today` takes the blend where its cross-fitted error is below that of each candidate, `blend
    unless` where none is better by more than one standard error of the paired difference.
    """
    y = chosen[0]["actual" if seen == "outside" else "actual_validation"]
    y_test = chosen[0]["actual_test"]
    outputs, tests = [each[seen] for each in chosen], [each[fitted] for each in chosen]
    losses = [_losses(found, y) for found in outputs]
    best = int(np.argmin([loss.mean() for loss in losses]))
    if how == "single":
        return _error(tests[best], y_test)
    weighed = blended(tests, _weights(outputs, y))
    if how != "blend":
        crossed = _losses(_cross_fitted(outputs, y), y)
        difference = crossed - losses[best]
        margin = difference.std(ddof=1) / np.sqrt(len(y)) if how == "blend unless" else 0.0
        if difference.mean() > margin:
            return _error(tests[best], y_test)
    return _error(weighed, y_test)


def _cross_fitted(outputs: Sequence[np.ndarray], y: np.ndarray) -> np.ndarray:
    folds = np.random.default_rng(0).permutation(len(y)) % 5
    found = np.empty_like(outputs[0])
    for fold in range(5):
        held = folds == fold
        weights = _weights([each[~held] for each in outputs], y[~held])
        found[held] = blended([each[held] for each in outputs], weights)
    return found


def _weights(outputs: Sequence[np.ndarray], y: np.ndarray) -> list[float]:
    """As `ensemble` finds them: by squared error, or by log loss."""
    if outputs[0].ndim == 1:
        return find_weights(
            np.stack([each - y for each in outputs]), lambda errors: float((errors**2).mean()), 0
        )
    chances = np.stack([_chances(each, y) for each in outputs])
    return find_weights(chances, lambda each: float(-np.log(np.maximum(each, _SMALLEST)).mean()), 0)


def _chances(outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(y < 0, 0.0, outputs[np.arange(len(y)), y.astype("int64")])


def _losses(outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
    if outputs.ndim == 1:
        return np.asarray((outputs - y) ** 2)
    return np.asarray(-np.log(np.maximum(_chances(outputs, y), _SMALLEST)))


def _error(outputs: np.ndarray, y: np.ndarray) -> float:
    """RMSE, or log loss."""
    mean = float(_losses(outputs, y).mean())
    return mean**0.5 if outputs.ndim == 1 else mean
