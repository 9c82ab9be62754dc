"""What a `main` has come to, read from the runs of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.evaluation.metrics import metrics_of, resolve_metric
from reprise.pipeline.outcome import Outcome
from reprise.tracking.artifacts import read_json
from reprise.tracking.contract import CANDIDATE_TAG, EVIDENCE, FAMILY_TAG, SUMMARY, TABLE


@dataclass(frozen=True)
class Candidate:
    """A trained model that stood for selection."""

    name: str
    run: Run
    seconds: float
    cached: bool
    won: bool


@dataclass(frozen=True)
class Result:
    """What a `main` was asked for, how its steps ended, and which step needs which others."""

    parent: Run
    asked: Mapping[str, str]
    outcomes: Mapping[str, Outcome]
    needs: Mapping[str, Sequence[str]]

    @property
    def failure(self) -> str:
        """What went wrong, and in which step; empty where nothing did."""
        return "; ".join(
            f"{name}: {outcome.error}"
            for name, outcome in self.outcomes.items()
            if outcome.status == "FAILED"
        )

    def run_of(self, step: str) -> Run | None:
        """The run of a step that succeeded."""
        outcome = self.outcomes.get(step)
        return outcome.run if outcome is not None and outcome.succeeded else None

    @property
    def registering(self) -> Run | None:
        """The run of register, also where the gate held its candidate back."""
        outcome = self.outcomes.get("register")
        return outcome.run if outcome is not None else None

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """schema.json of the prepared table."""
        prepared = self.run_of("prepare")
        return read_json(prepared, f"{TABLE}/schema.json") if prepared else None

    @cached_property
    def summary(self) -> dict[str, Any] | None:
        """summary.json of the prepared table."""
        prepared = self.run_of("prepare")
        return read_json(prepared, SUMMARY) if prepared else None

    @property
    def metrics(self) -> list[str]:
        """The metrics of the task, the one that chose first."""
        if self.schema is None:
            return []
        known = metrics_of(self.schema["task"])
        chosen = resolve_metric(self.asked["metric"], self.schema["task"])
        return [chosen, *(name for name in known if name != chosen)]

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Every step that has left a model, in the order in which they ended."""
        chosen = self.winner.info.run_id if self.winner else None
        return [
            Candidate(
                _name(step, outcome.run),
                outcome.run,
                outcome.seconds,
                outcome.status == "CACHED",
                outcome.run.info.run_id == chosen,
            )
            for step, outcome in self.outcomes.items()
            if step != "register"
            and outcome.run is not None
            and outcome.succeeded
            and FAMILY_TAG in outcome.run.data.tags
        ]

    @cached_property
    def winner(self) -> Run | None:
        """The candidate's run that register chose."""
        chosen = self.registering and self.registering.data.tags.get(CANDIDATE_TAG)
        known = {
            outcome.run.info.run_id: outcome.run
            for outcome in self.outcomes.values()
            if outcome.run
        }
        return (known.get(chosen) or mlflow.get_run(chosen)) if chosen else None

    @property
    def winner_name(self) -> str:
        """What the candidate is called that register chose, also where it came from elsewhere."""
        won = [candidate.name for candidate in self.candidates if candidate.won]
        tags = self.registering.data.tags if self.registering else {}
        return won[0] if won else str(tags.get(FAMILY_TAG, "the candidate"))

    @cached_property
    def evidence(self) -> dict[str, Any]:
        """What the winner's step recorded for pictures; nothing where it did not."""
        return (read_json(self.winner, EVIDENCE) or {}) if self.winner else {}


def _name(step: str, run: Run) -> str:
    """rf of train_rf, nn (tuned) of tune; any other step is named beside its family."""
    family = str(run.data.tags[FAMILY_TAG])
    if step in (f"train_{family}", family):
        return family
    return f"{family} ({'tuned' if step == 'tune' else step})"
