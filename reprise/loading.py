"""A model of this project behind any model URI, with the version and the run it comes from."""

from dataclasses import dataclass

import mlflow
from mlflow.store.artifact.utils.models import get_model_name_and_version

from reprise.errors import RepriseError
from reprise.predictor import TabularModel
from reprise.schema import Task


@dataclass(frozen=True)
class LoadedModel:
    """A model, and what is known of it: `uri` names a version where one was meant, by alias or not.

    `name` and `version` are those in the registry, None where the URI names no version there.
    """

    uri: str
    model: TabularModel
    task: Task
    target: str
    model_id: str | None
    run_id: str | None
    name: str | None = None
    version: str | None = None

    @property
    def label(self) -> str:
        """What to call it."""
        return self.uri

    @property
    def tags(self) -> dict[str, str]:
        """Tags that say which model a run has used."""
        known = {
            "reprise.model": self.uri,
            "reprise.model_name": self.name,
            "reprise.version": self.version,
            "reprise.candidate": self.run_id,
        }
        return {name: value for name, value in known.items() if value}


def load_model(uri: str) -> LoadedModel:
    """Load the model behind a models:/ or runs:/ URI, a folder or a URL of one.

    Raises RepriseError where there is none, or it is none that this project trained.
    """
    name, version = _version(uri)
    exact = uri if name is None else f"models:/{name}/{version}"
    try:
        loaded = mlflow.pyfunc.load_model(exact)
    except (mlflow.MlflowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise RepriseError(
            f"model must exist, got '{uri}' ({reason}): give models:/<name>@champion, "
            "models:/<name>/<version>, runs:/<id>/model or a folder"
        ) from None
    facts = loaded.metadata.metadata or {}
    model = getattr(loaded.unwrap_python_model(), "model", None) if "task" in facts else None
    if model is None or not hasattr(model, "kinds"):
        raise RepriseError(
            f"model must be one that this project trained, got '{uri}', which is another: "
            "use MLflow's own tools for it"
        )
    return LoadedModel(
        exact,
        model,
        facts["task"],
        facts["target"],
        loaded.metadata.model_id,
        loaded.metadata.run_id,
        name,
        version,
    )


def _version(uri: str) -> tuple[str | None, str | None]:
    """Name and number of the version that a models:/ URI means now; None, None for others."""
    if not uri.startswith("models:/"):
        return None, None
    try:
        name, version = get_model_name_and_version(mlflow.MlflowClient(), uri)
    except mlflow.MlflowException:
        return None, None  # models:/m-<id>, or none at all: loading says which
    return name, str(version)
