"""Each step with how it ended, how long it took, and why it ran or did not."""

from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import Run
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import append_to_uri_path, is_local_uri

from reprise.errors import hidden
from reprise.reports.main.result import Result
from reprise.tracking.contract import CACHE_MISS_TAG, MODEL_PAGE, PROFILE, SEARCH
from reprise.tracking.uris import run_uri

# Pages that steps leave beside their results.
PAGES = {PROFILE: "profile", MODEL_PAGE: "card"}


@dataclass(frozen=True)
class Link:
    """An address with a name; `text` can be copied, `url` is None where nothing opens it."""

    name: str
    text: str
    url: str | None


@dataclass(frozen=True)
class StepRow:
    """A step of this `main`."""

    name: str
    status: str
    seconds: float
    reasons: list[str]
    run: str | None


def steps_of(result: Result) -> list[StepRow]:
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


def _step(name: str, result: Result) -> StepRow:
    outcome = result.outcomes[name]
    run = outcome.run.info.run_id if outcome.run else None
    reasons = [outcome.error] if outcome.error else []
    if outcome.status == "CACHED":
        reasons = ["nothing that it depends on has changed"]
    elif outcome.status == "FINISHED" and outcome.run is not None:
        reasons = [why for why in outcome.run.data.tags.get(CACHE_MISS_TAG, "").split("; ") if why]
    return StepRow(name, outcome.status, outcome.seconds, reasons, run)


def artifact_link(run: Run, artifact: str, name: str) -> Link:
    """MLflow's page of the artifact where there is a server, else its file, else its URI."""
    server = hidden(mlflow.get_tracking_uri())
    if server.startswith("http"):
        place = f"runs/{run.info.run_id}/artifacts/{artifact}"
        url = f"{server.rstrip('/')}/#/experiments/{run.info.experiment_id}/{place}"
        return Link(name, url, url)
    place = append_to_uri_path(run.info.artifact_uri, artifact)
    if is_local_uri(place):
        path = Path(local_file_uri_to_path(place)).resolve()
        return Link(name, str(path), path.as_uri())
    return Link(name, run_uri(run.info.run_id, artifact), None)
