"""What `main` tells a step that it starts: which run the step is, and what is its own of it all."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reprise.tracking.contract import CONTEXT_VARIABLE

_EXPERIMENT_NAME = "MLFLOW_EXPERIMENT_NAME"


@dataclass(frozen=True)
class StepContext:
    """The run that a step is, in which store, under which `main`; and its share of the machine.

    A step that nobody has started but its user has none. `cores` are for its fits. `noise` is the
    file that keeps what libraries say; `main` logs it, also where the step's process dies. `read`
    is the raw table as `main` has read it, which the step need not fetch again. `source` is the
    file in which `main` has put the source of its code; without it the step reads its own.
    """

    run_id: str
    experiment_id: str
    tracking_uri: str
    parent_id: str
    cores: int
    noise: str
    read: Mapping[str, Any] | None = None
    source: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values, for a job; what is not told is left out, which earlier code knows not."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def to_environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """`environment` for a process that can be told in no other way, such as `mlflow run`."""
        # `mlflow run` takes the experiment by its id or by its name, and refuses both.
        kept = {name: text for name, text in environment.items() if name != _EXPERIMENT_NAME}
        return {
            **kept,
            **self._variables(environment),
            CONTEXT_VARIABLE: json.dumps(self.to_json()),
        }

    def take_on(self) -> None:
        """Have MLflow and numeric libraries find their part in the environment of this process."""
        os.environ.update(self._variables(os.environ))

    def _variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        threads = {} if "OMP_NUM_THREADS" in environment else {"OMP_NUM_THREADS": str(self.cores)}
        return threads | {
            "MLFLOW_TRACKING_URI": self.tracking_uri,
            "MLFLOW_EXPERIMENT_ID": self.experiment_id,
            "MLFLOW_RUN_ID": self.run_id,
        }


def context_of_process() -> dict[str, Any] | None:
    """The context that this process was started with, as JSON values; None for a user's own step.

    It is taken out of the environment: what the process starts is no step of that `main`.
    """
    text = os.environ.pop(CONTEXT_VARIABLE, None)
    if text is None:
        return None
    context: dict[str, Any] = json.loads(text)
    return context
