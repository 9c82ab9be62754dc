"""Each step with how it ended, how long it took, and why it ran or did not."""

from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import Run

from reprise.lineage.cache import MISS_TAG
from reprise.report.links import Link, artifact_link
from reprise.report.result import Result

# Pages that steps leave beside their results.
SEARCH = "search"
PAGES = {"profile.html": "profile", "card.html": "card"}


@dataclass(frozen=True)
class Step:
    """A step of this `main`."""

    name: str
    status: str
    seconds: float
    reasons: list[str]
    run: str | None


def steps_of(result: Result) -> list[Step]:
    """The steps in the order of the graph."""
    return [_step(name, result) for name in result.needs]


def pages_of(result: Result) -> list[Link]:
    """What there is to look at beside the report: pages that the steps have logged."""
    found = []
    for name, outcome in result.outcomes.items():
        if outcome.run is not None and outcome.succeeded:
            found += [
                artifact_link(outcome.run, path, f"{name}: {PAGES.get(path, Path(path).name)}")
                for path in _artifacts(outcome.run)
                if path.endswith(".html")
            ]
    return found


def _artifacts(run: Run) -> list[str]:
    """The artifacts of a run, with those of its search."""
    client = mlflow.MlflowClient()
    names = [item.path for item in client.list_artifacts(run.info.run_id)]
    if SEARCH in names:
        names += [item.path for item in client.list_artifacts(run.info.run_id, SEARCH)]
    return names


def _step(name: str, result: Result) -> Step:
    outcome = result.outcomes[name]
    run = outcome.run.info.run_id if outcome.run else None
    reasons = [outcome.error] if outcome.error else []
    if outcome.status == "CACHED":
        reasons = ["nothing that it depends on has changed"]
    elif outcome.status == "FINISHED" and outcome.run is not None:
        reasons = [why for why in outcome.run.data.tags.get(MISS_TAG, "").split("; ") if why]
    return Step(name, outcome.status, outcome.seconds, reasons, run)
