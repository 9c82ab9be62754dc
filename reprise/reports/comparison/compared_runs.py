"""The runs of a comparison: that they compare at all, and what each has to show."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.provenance.model_files import unlike_their_run
from reprise.provenance.recorded_run import Recorded
from reprise.tracking.contract import BEST_PREFIX, CANDIDATE_TAG, ERROR_TAG, FAMILY_TAG
from reprise.tracking.runs import named_run

MOST = 8
# Entry points that compare with their like alone; all others train a model.
_KINDS = (
    *("main", "prepare", "register", "score", "serve", "watch"),
    *("explain", "reproduce", "compare", "verify"),
)
_USEFUL = ("main", "prepare", "register", "score", "model")


@dataclass(frozen=True)
class Side:
    """One run of a comparison, under a letter, and what it was named by."""

    letter: str
    recorded: Recorded
    given: str

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.recorded.run

    @property
    def name(self) -> str:
        """What it is called in MLflow."""
        return str(self.run.info.run_name)

    @property
    def kind(self) -> str:
        """What it compares with: main, prepare, register, score, or model for all that train."""
        entry_point = self.recorded.entry_point
        return entry_point if entry_point in _KINDS else "model"

    @cached_property
    def model(self) -> Run | None:
        """The run that trained the model it is about: itself, or that of its winner."""
        if self.kind == "model":
            return self.run
        winner = self.run.data.tags.get(CANDIDATE_TAG)
        return _found(winner) if winner else None

    @cached_property
    def search(self) -> Run | None:
        """The run that searched for hyperparameters: itself, or the step of a main."""
        if self.recorded.entry_point == "tune":
            return self.run
        steps = self.recorded.children if self.kind == "main" else {}
        return steps["tune"].run if "tune" in steps else None

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """schema.json of the table that it rests on."""
        prepared = self.recorded.prepared
        if self.kind == "main":
            prepared = self.recorded.children.get("prepare")
        return prepared.schema if prepared is not None else None

    @property
    def parameters(self) -> dict[str, str]:
        """Its parameters, and the hyperparameters that a search chose, as texts."""
        tags = (self.search.data.tags if self.search else {}).items()
        own = "" if self.kind == "model" else "tuned "
        chosen = {
            own + name.removeprefix(BEST_PREFIX): value
            for name, value in tags
            if name.startswith(BEST_PREFIX)
        }
        family = self.run.data.tags.get(FAMILY_TAG)
        return {
            **({"family": family} if family else {}),
            **self.recorded.parameters,
            **dict(sorted(chosen.items())),
        }

    @property
    def metrics(self) -> dict[str, float]:
        """Its metrics, with those of the model that it is about; no curves."""
        behind = self.model.data.metrics if self.model else {}
        found: dict[str, float] = {**behind, **self.run.data.metrics}
        return {name: value for name, value in found.items() if not name.startswith("epoch_")}


def find_sides(names: str) -> list[Side]:
    """The runs that a comma-separated list names; raise RepriseError where they do not compare."""
    given = [name.strip() for name in names.split(",") if name.strip()]
    if not 2 <= len(given) <= MOST:
        raise RepriseError(
            f"runs must name from 2 to {MOST} runs, separated by commas, got {len(given)}: "
            "give ids that steps printed"
        )
    found = [Recorded.behind(named_run(name, "runs")) for name in given]
    ids = [recorded.id for recorded in found]
    if repeated := [name for name, run_id in zip(given, ids, strict=True) if ids.count(run_id) > 1]:
        others = [phrase for name in repeated for phrase in unlike_their_run(name)]
        noted = f" ({'; '.join(others)})" if others else ""
        raise RepriseError(
            f"runs must differ, got {' and '.join(repeated)}, which stand for one run{noted}: "
            "name another"
        )
    sides = [*map(Side, string.ascii_uppercase, found, given)]
    _check_kinds(sides)
    return sides


def reservations(sides: Sequence[Side]) -> list[str]:
    """What a reader must know before the numbers: other targets, tables, or runs that failed."""
    found = []
    known = [side for side in sides if side.schema is not None]
    for what, name in (("predict different targets", "target"), ("have different tasks", "task")):
        values = [str((side.schema or {})[name]) for side in known]
        if len(set(values)) > 1:
            shown = ", ".join(f"{side.letter}: {v}" for side, v in zip(known, values, strict=True))
            found.append(f"The runs {what} ({shown}): their metrics do not compare.")
    digests = [str((side.schema or {})["digests"]) for side in known]
    if not found and len(set(digests)) > 1:
        found.append(
            "The runs rest on different rows or columns: their metrics differ for that reason too."
        )
    found += [
        f"{side.letter} stands for run {side.recorded.id}, which it is not: {phrase}."
        for side in sides
        for phrase in unlike_their_run(side.given)
    ]
    found += [
        f"{side.letter} is {side.run.info.status}: {side.run.data.tags.get(ERROR_TAG, '')}"
        for side in sides
        if side.run.info.status != "FINISHED"
    ]
    return found


def _check_kinds(sides: Sequence[Side]) -> None:
    kinds = {side.kind: side for side in sides}
    if len(kinds) == 1 and sides[0].kind in _USEFUL:
        return
    listed = ", ".join(f"{side.recorded.entry_point} ({side.recorded.id})" for side in sides)
    raise RepriseError(
        "runs must be of one kind: all of main, of prepare, of register, of score, or of steps "
        f"that train a model (train_*, tune), got {listed}: compare like with like"
    )


def _found(run_id: str) -> Run | None:
    try:
        return mlflow.get_run(run_id)
    except mlflow.MlflowException:
        return None
