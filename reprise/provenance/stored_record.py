"""What a version was made of, as the store has it: the runs behind it, and what each of them says.

A record is made of nested mappings and texts only: what is signed of a version is one, and what is
found of it later is held against that, name by name.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.utils import mlflow_tags as tags

from reprise.errors import RepriseError, hidden
from reprise.provenance.output_files import sealed_files
from reprise.provenance.recorded_run import Recorded
from reprise.tracking.contract import (
    CERTIFICATE_TAG,
    DIRTY_TAG,
    ENVELOPE,
    FILES,
    LOCK_TAG,
    MODEL,
    PROCESS_TAG,
    PROVENANCE,
    REPRODUCED_TAG,
    SEAL_PREFIX,
    WATCHED_TAG,
)
from reprise.tracking.runs import named_run
from reprise.tracking.uris import parse_run_uri

MAIN = "main"
_OF_MLFLOW = (
    tags.MLFLOW_GIT_COMMIT,
    tags.MLFLOW_GIT_REPO_URL,
    tags.MLFLOW_PROJECT_ENTRY_POINT,
    tags.MLFLOW_PARENT_RUN_ID,
)
# What is written after a run, or with its certificate.
_LATER = (
    REPRODUCED_TAG,
    WATCHED_TAG,
    PROCESS_TAG,
    CERTIFICATE_TAG,
    *(SEAL_PREFIX + name for name in (PROVENANCE, ENVELOPE)),
)
# A main goes on after its register.
_OF_MAIN = (LOCK_TAG, DIRTY_TAG, *_OF_MLFLOW)


@dataclass(frozen=True)
class Behind:
    """The runs that a run was made from, itself among them, and what each has sealed, by id.

    `gone` are names of those that are no longer there.
    """

    runs: Mapping[str, Run]
    files: Mapping[str, Mapping[str, str]]
    gone: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: Run) -> Self:
        """A run, its table, its candidates and theirs, and the `main` that each is a step of.

        Trials of a search are not among them: `trials.csv` has what they found. Raises RepriseError
        where what one of them has sealed was changed.
        """
        found: dict[str, Run] = {}
        gone: set[str] = set()
        waiting, named = [run], {str(run.info.run_id)}
        while waiting:
            each = Recorded.behind(waiting.pop())
            found[each.id] = each.run
            for name in sorted({*_made_from(each)} - named):
                named.add(name)
                try:
                    waiting.append(named_run(name, "of"))
                except RepriseError:
                    gone.add(name)
            parent = each.run.data.tags.get(tags.MLFLOW_PARENT_RUN_ID)
            if parent is not None and parent not in named:
                named.add(parent)
                with suppress(RepriseError):  # a run of somebody's own, of which steps are part
                    waiting.append(named_run(parent, "of"))
        files = {run_id: recorded_files(each) for run_id, each in found.items()}
        return cls(found, files, tuple(sorted(gone)))

    def and_of(self, run_id: str) -> "Behind":
        """These, and those behind another run."""
        try:
            other = self.of(mlflow.get_run(run_id))
        except mlflow.MlflowException:
            return replace(self, gone=(*self.gone, run_id))
        return Behind(
            {**other.runs, **self.runs},
            {**other.files, **self.files},
            (*self.gone, *other.gone),
        )

    def and_as_it_is(self, run: Run) -> "Behind":
        """These, with one of them as it is by now."""
        run_id = run.info.run_id
        return replace(
            self,
            runs={**self.runs, run_id: run},
            files={**self.files, run_id: recorded_files(run)},
        )


def record_of_run(run: Run, files: Mapping[str, str]) -> dict[str, Any]:
    """What a run says of itself, beside the sha256 of its `files`.

    MLflow keeps parameters as they were given: a secret in a URL is not repeated.
    """
    step = run.data.tags.get(tags.MLFLOW_PROJECT_ENTRY_POINT, "")
    metrics = {} if step == MAIN else run.data.metrics
    return {
        "step": step,
        "parameters": {name: hidden(text) for name, text in run.data.params.items()},
        "metrics": {name: repr(value) for name, value in metrics.items()},
        "tags": {name: text for name, text in run.data.tags.items() if _is_kept(name, step)},
        "files": dict(files),
    }


def record_of_version(version: ModelVersion, files: Mapping[str, str]) -> dict[str, Any]:
    """What a version says of itself, beside the sha256 of its model's `files`."""
    kept = ("reprise.", "test_")
    return {
        "name": str(version.name),
        "number": str(version.version),
        "run": str(version.run_id),
        "tags": {
            name: text
            for name, text in version.tags.items()
            if name.startswith(kept) and name not in _LATER
        },
        "files": dict(files),
    }


def recorded_files(run: Run) -> dict[str, str]:
    """sha256 of every file that a run has sealed, by name.

    Raises RepriseError where the list of them is not as it was sealed.
    """
    sealed = {
        name.removeprefix(SEAL_PREFIX): text
        for name, text in run.data.tags.items()
        if name.startswith(SEAL_PREFIX) and name not in _LATER
    }
    files, flaw = sealed_files(run)
    if flaw and FILES in sealed:
        raise RepriseError(
            f"what a version was made of must be as its steps left it, got run {run.info.run_id} "
            f"whose {flaw}: run that step again"
        )
    return {**sealed, **files}


def model_files(files: Mapping[str, str]) -> dict[str, str]:
    """Those of a run's files that are its model's, by their path in that."""
    inside = f"{MODEL}/"
    return {
        name.removeprefix(inside): digest
        for name, digest in files.items()
        if name.startswith(inside)
    }


def _made_from(recorded: Recorded) -> Iterator[str]:
    """Names of the runs that a run was made from, as its parameters have them."""
    given = recorded.parameters
    with suppress(RepriseError):
        yield parse_run_uri(given.get("table", ""))[0]
    yield from filter(None, (name.strip() for name in given.get("candidates", "").split(",")))


def _is_kept(tag: str, step: str) -> bool:
    if step == MAIN:
        return tag in _OF_MAIN or tag.startswith(SEAL_PREFIX)
    return tag in _OF_MLFLOW or (tag.startswith("reprise.") and tag not in _LATER)
