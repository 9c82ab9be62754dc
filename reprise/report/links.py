"""Where an artifact of a run can be looked at."""

from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import Run
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import append_to_uri_path, is_local_uri

from reprise.credentials import hidden
from reprise.lineage.uris import run_uri


@dataclass(frozen=True)
class Link:
    """An address with a name; `text` can be copied, `url` is None where nothing opens it."""

    name: str
    text: str
    url: str | None


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
