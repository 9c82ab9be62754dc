"""Each step with how it ended, how long it took, and why it ran or did not."""

from dataclasses import dataclass

from reprise.lineage.cache import MISS_TAG
from reprise.report.links import Link, artifact_link
from reprise.report.result import Result

# Pages that steps leave beside their results.
PAGES = {"profile.html": "profile", "card.html": "card"}


@dataclass(frozen=True)
class Step:
    """A step of this `main`."""

    name: str
    status: str
    seconds: float
    note: str
    run: str | None


def steps_of(result: Result) -> list[Step]:
    """The steps in the order of the graph."""
    return [_step(name, result) for name in result.needs]


def pages_of(result: Result) -> list[Link]:
    """What there is to look at beside the report: pages that the steps have logged."""
    import mlflow

    found = []
    for name, outcome in result.outcomes.items():
        if outcome.run is None or not outcome.succeeded:
            continue
        client = mlflow.MlflowClient()
        names = [item.path for item in client.list_artifacts(outcome.run.info.run_id)]
        if "search" in names:
            names += [
                item.path for item in client.list_artifacts(outcome.run.info.run_id, "search")
            ]
        found += [
            artifact_link(outcome.run, path, f"{name}: {PAGES.get(path, path.rpartition('/')[2])}")
            for path in names
            if path.endswith(".html")
        ]
    return found


def _step(name: str, result: Result) -> Step:
    outcome = result.outcomes[name]
    run = outcome.run.info.run_id if outcome.run else None
    note = outcome.error or ""
    if outcome.status == "CACHED":
        note = "nothing that it depends on has changed"
    elif outcome.status == "FINISHED" and outcome.run is not None:
        note = outcome.run.data.tags.get(MISS_TAG, "")
    return Step(name, outcome.status, outcome.seconds, note, run)
