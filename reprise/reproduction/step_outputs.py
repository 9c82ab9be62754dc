"""What a step left behind, compared output by output with what the same step left before."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from reprise.reproduction.value_comparison import (
    Comparison,
    compare_frames,
    compare_metrics,
    compare_numbers,
    compare_series,
    compare_values,
    forgive,
    is_compared,
)
from reprise.tracking.artifacts import local_artifact, read_json
from reprise.tracking.contract import (
    BEST_PREFIX,
    DIGEST_PREFIX,
    FAMILY_TAG,
    IMPORTANCE,
    INPUT_TABLE_TAG,
    PREDICTIONS,
    REGISTRY_DIGEST_TAG,
    TASK_TAG,
    TEST_PREDICTIONS,
)

# Where register left things, not what came out.
_NO_OUTPUTS = (REGISTRY_DIGEST_TAG,)
_FACTS = (FAMILY_TAG, TASK_TAG, INPUT_TABLE_TAG)
_MOST = 50_000
_CURVE = re.compile(r"epoch_\w+")

Read = Callable[[Path], pd.DataFrame]


def compare_table(original: Run, reproduced: Run) -> list[Comparison]:
    """Compare what two runs of prepare left: the digest of each part, the schema, the counts."""
    schemas = [read_json(run, "table/schema.json") or {} for run in (original, reproduced)]
    digests = [schema.get("digests", {}) for schema in schemas]
    found = [
        compare_values(f"digest of {part}.parquet", *(side.get(part) for side in digests))
        for part in sorted({*digests[0], *digests[1]})
    ]
    left_out = ("digests", "source")
    for name in sorted(({*schemas[0], *schemas[1]}) - set(left_out)):
        found.append(compare_values(f"schema: {name}", *(side.get(name) for side in schemas)))
    return [*_compare_tags(original, reproduced), *found, *_metrics(original, reproduced, 0.0)]


def compare_models(original: Run, reproduced: Run, tolerance: float) -> list[Comparison]:
    """Compare what two runs of train_* or tune left: predictions, digests, metrics, trials."""
    predictions = _compare_artifacts(PREDICTIONS, pd.read_parquet, original, reproduced, tolerance)
    tags = [
        forgive(each, predictions) if each.what.startswith("digest of ") else each
        for each in _compare_tags(original, reproduced)
    ]
    importance = _compare_artifacts(IMPORTANCE, _read_csv, original, reproduced, tolerance)
    return [
        *tags,
        *_compare_best(original, reproduced, tolerance),
        predictions,
        importance,
        *_metrics(original, reproduced, tolerance),
        *_compare_curves(original, reproduced, tolerance),
        *_compare_trials(original, reproduced, tolerance),
    ]


def compare_test_part(original: Run, predictions: pd.DataFrame, tolerance: float) -> Comparison:
    """Compare the test predictions that a run of register left with those made again."""
    before = _frame(original, TEST_PREDICTIONS, pd.read_parquet)
    return compare_frames(TEST_PREDICTIONS, before, predictions, tolerance)


def _metrics(original: Run, reproduced: Run, tolerance: float) -> list[Comparison]:
    return compare_metrics(original.data.metrics, reproduced.data.metrics, tolerance)


def _compare_tags(original: Run, reproduced: Run) -> list[Comparison]:
    """Digests of outputs, family, task and input: equal or not."""
    sides = [run.data.tags for run in (original, reproduced)]
    names = [
        name
        for name in sorted({*sides[0], *sides[1]})
        if name not in _NO_OUTPUTS and (name.startswith(DIGEST_PREFIX) or name in _FACTS)
    ]
    return [compare_values(_label(name), *(side.get(name) for side in sides)) for name in names]


def _compare_best(original: Run, reproduced: Run, tolerance: float) -> list[Comparison]:
    """The hyperparameters that a search found best, as numbers."""
    before, after = (
        {name: float(text) for name, text in run.data.tags.items() if name.startswith(BEST_PREFIX)}
        for run in (original, reproduced)
    )
    return [
        compare_numbers(f"tag {name}", before.get(name), after.get(name), tolerance)
        for name in sorted({*before, *after})
    ]


def _label(tag: str) -> str:
    """`digest of model` for reprise.digest.model; other tags as they are called."""
    return (
        f"digest of {tag.removeprefix(DIGEST_PREFIX)}"
        if tag.startswith(DIGEST_PREFIX)
        else f"tag {tag}"
    )


def _compare_artifacts(
    name: str, read: Read, original: Run, reproduced: Run, tolerance: float
) -> Comparison:
    frames = [_frame(run, name, read) for run in (original, reproduced)]
    return compare_frames(name, frames[0], frames[1], tolerance)


def _frame(run: Run, name: str, read: Read) -> pd.DataFrame | None:
    """A table among the artifacts of a run; None where it is missing or cannot be read."""
    folder, _, file = name.rpartition("/")
    try:
        place = local_artifact(run, folder or file)
        return read(place / file if folder else place)
    except (mlflow.MlflowException, OSError, ValueError):
        return None


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, float_precision="round_trip")


def _compare_curves(original: Run, reproduced: Run, tolerance: float) -> Iterator[Comparison]:
    """The loss of every epoch; where one run has other curves, its metrics have said so."""
    sides = [curves_of(run) for run in (original, reproduced)]
    for name in sorted({*sides[0]} & {*sides[1]}):
        yield compare_series(f"{name} of every epoch", sides[0][name], sides[1][name], tolerance)


def curves_of(run: Run) -> dict[str, list[float]]:
    """The values of every epoch that a run has recorded, by metric."""
    client = mlflow.MlflowClient()
    found = {}
    for name in sorted(filter(_CURVE.fullmatch, run.data.metrics)):
        points = client.get_metric_history(run.info.run_id, name)
        found[name] = [point.value for point in sorted(points, key=lambda point: point.step)]
    return found


def _compare_trials(original: Run, reproduced: Run, tolerance: float) -> Iterator[Comparison]:
    """Each trial of a search: its hyperparameters, its score of every fold, how it ended."""
    before, after = (trials_of(run) for run in (original, reproduced))
    for name in sorted({*before, *after}, key=_number):
        yield _compare_trial(name, before.get(name), after.get(name), tolerance)


def _compare_trial(
    name: str, original: Run | None, reproduced: Run | None, tolerance: float
) -> Comparison:
    values = [None if run is None else _scores(run) for run in (original, reproduced)]
    first, second = values
    if (
        first is None
        or second is None
        or first.keys() != second.keys()
        or any(first[key] != second[key] for key in first if isinstance(first[key], str))
    ):
        return compare_values(name, first, second)
    numbers = [
        [side[key] for key in side if not isinstance(side[key], str)] for side in (first, second)
    ]
    found = compare_series(name, numbers[0], numbers[1], tolerance)
    return Comparison(name, first, second, found.same, found.accepted, found.difference, found.note)


def _scores(run: Run) -> dict[str, Any]:
    metrics: Mapping[str, float] = run.data.metrics
    scores = {name: metrics[name] for name in sorted(metrics) if is_compared(name)}
    params = {name: float(text) for name, text in sorted(run.data.params.items())}
    return {**params, **scores, "status": run.info.status}


def trials_of(run: Run) -> dict[str, Run]:
    """The trials of a search by their names; of another step's run there are none."""
    found = mlflow.search_runs(
        [run.info.experiment_id],
        filter_string=f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{run.info.run_id}'",
        max_results=_MOST,
        output_format="list",
    )
    return {trial.data.tags.get(MLFLOW_RUN_NAME, ""): trial for trial in found}


def _number(trial: str) -> tuple[int, str]:
    digits = trial.rpartition(" ")[2]
    return (int(digits) if digits.isdigit() else -1, trial)
