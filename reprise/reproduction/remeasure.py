"""What a `register` would have registered, measured on the test part; nothing is registered."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.reproduction import remeasure_child
from reprise.reproduction.rerun import Place
from reprise.runtime.scratch import scratch


@dataclass(frozen=True)
class Measured:
    """The winner's run, the digest of the model that it stands for, and its test metrics.

    `predictions` are those of the test part.
    """

    run: str
    digest: str
    metrics: dict[str, float]
    predictions: pd.DataFrame


def measure(
    place: Place, candidates: Sequence[Run], table: str, metric: str, refit: str
) -> Measured:
    """The best candidate, fitted again where `refit` is not none, and measured.

    Raises RepriseError where the candidates cannot be measured.
    """
    names = ",".join(run.info.run_id for run in candidates)
    with scratch() as folder:
        file = Path(folder) / "test.parquet"
        arguments = (names, table, metric, refit, str(file))
        if place.is_present:
            found = remeasure_child.measure_best(*arguments)
        else:
            found = _measure_elsewhere(place, arguments)
        return Measured(found["run"], found["digest"], found["metrics"], pd.read_parquet(file))


def _measure_elsewhere(place: Place, arguments: Sequence[str]) -> dict[str, Any]:
    environment = dict(os.environ) | {"MLFLOW_TRACKING_URI": mlflow.get_tracking_uri()}
    done = subprocess.run(
        [str(place.interpreter.python), remeasure_child.__file__, *arguments],
        env=place.environment(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise RepriseError(f"the candidate must be measured on the test part, got {said[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
