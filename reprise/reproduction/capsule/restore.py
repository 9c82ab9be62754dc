"""The runs and the version of a certificate, put into the store in force as it says they were."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import LifecycleStage, Metric, Run, RunData, RunInfo, RunTag
from mlflow.entities import Param as Parameter
from mlflow.entities.model_registry import ModelVersion
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

from reprise.provenance.in_toto import Record
from reprise.reproduction.capsule.manifest import Manifest
from reprise.tracking.bulk_runs import FinishedRun, log_finished_runs
from reprise.tracking.contract import CERTIFICATE_TAG, MODEL, MODEL_ID_TAG, PROVENANCE
from reprise.tracking.mlflow_patches import insert_model, insert_runs, insert_version
from reprise.tracking.uris import is_run_id, run_uri

_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_NAME = re.compile(r"[^/:]{1,256}")
_AT_ONCE = 500


def restore(record: Record, manifest: Manifest, folder: Path, experiment: str) -> str:
    """Make the runs of a record, whose artifacts lie in `folder` by run, and its version.

    Returns the URI of the version. Raises ValueError where names in it are none.
    """
    client, version = mlflow.MlflowClient(), record["version"]
    ended = int(record["decision"]["decided"])
    runs = {
        run_id: _run(run_id, each, folder, experiment, ended)
        for run_id, each in record["runs"].items()
    }
    if not (_NAME.fullmatch(version["name"]) and _NUMBER.fullmatch(version["number"])):
        raise ValueError("its version has no name and number")
    insert_runs(client, list(runs.values()))
    for run_id, each in record["runs"].items():
        _log_metrics(client, run_id, each["metrics"], manifest.series.get(run_id, {}), ended)
        model_id = each["tags"].get(MODEL_ID_TAG, "")
        if _MODEL_ID.fullmatch(model_id):
            insert_model(client, runs[run_id], model_id, str(folder / run_id / MODEL))
        log_finished_runs(runs[run_id], _trials(manifest, run_id, ended))
    made = ModelVersion(version["name"], version["number"], ended, run_id=version["run"])
    tags = {**version["tags"], CERTIFICATE_TAG: run_uri(manifest.certificate, PROVENANCE)}
    insert_version(client, made, str(folder / version["run"] / MODEL), tags)
    return f"models:/{made.name}/{made.version}"


def _run(run_id: str, said: Mapping[str, Any], folder: Path, experiment: str, ended: int) -> Run:
    if not is_run_id(run_id):
        raise ValueError(f"it names a run {run_id!r:.60}")
    info = RunInfo(
        run_id,
        experiment,
        "",
        "FINISHED",
        ended,
        ended,
        LifecycleStage.ACTIVE,
        str(folder / run_id),
        run_name=said["step"],
    )
    parameters = [Parameter(*item) for item in said["parameters"].items()]
    return Run(info, RunData([], parameters, [RunTag(*item) for item in said["tags"].items()]))


def _log_metrics(
    client: mlflow.MlflowClient,
    run_id: str,
    metrics: Mapping[str, str],
    series: Mapping[str, list[float]],
    ended: int,
) -> None:
    """Each metric as it was at last, after the values that it had before."""
    found = [
        Metric(name, value, ended, step)
        for name, last in metrics.items()
        for step, value in enumerate([*series.get(name, [])[:-1], float(last)])
    ]
    for start in range(0, len(found), _AT_ONCE):
        client.log_batch(run_id, metrics=found[start : start + _AT_ONCE])


def _trials(manifest: Manifest, run_id: str, ended: int) -> list[FinishedRun]:
    return [
        FinishedRun(
            trial["name"],
            trial["status"],
            ended,
            ended,
            trial["params"],
            {name: value for name, value in trial["metrics"].items() if math.isfinite(value)},
            {MLFLOW_RUN_NAME: trial["name"]},
        )
        for trial in manifest.trials.get(run_id, [])
    ]
