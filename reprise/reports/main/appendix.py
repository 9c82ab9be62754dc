"""The commands that repeat, reproduce, score and serve a result, ready to paste."""

from dataclasses import dataclass

import mlflow
import yaml

from reprise.errors import hidden
from reprise.formatting import python, shell, size
from reprise.reports.main.result import Result
from reprise.tracking.artifacts import read_json
from reprise.tracking.contract import DIRTY_TAG, ENVIRONMENT, MODEL_NAME_TAG, VERSION_TAG

_RUN = "mlflow run . --env-manager local"
_WIDE = 1_000_000  # characters: no value is broken into lines


@dataclass(frozen=True)
class Command:
    """What it is for, and the text to paste."""

    purpose: str
    text: str


def commands_of(result: Result) -> list[Command]:
    """What can be done with this result; without a registered version it can be repeated only."""
    parameters = result.asked.items()
    given = " ".join(f"-P {name}={shell(value)}" for name, value in parameters)
    store = hidden(mlflow.get_tracking_uri())
    found = [
        Command(
            "First, in a clone of the project with its environment active",
            f"export MLFLOW_TRACKING_URI={shell(store)}",
        ),
        Command("Repeat it", f"{_RUN} {given}"),
        Command(
            "The same as a file, run.yaml: make run CONFIG=run.yaml",
            yaml.safe_dump(dict(parameters), sort_keys=False, allow_unicode=True, width=_WIDE),
        ),
    ]
    registered = result.run_of("register")
    if registered is not None:
        name = registered.data.tags.get(MODEL_NAME_TAG, result.asked["model_name"])
        model = f"models:/{name}/{registered.data.tags[VERSION_TAG]}"
        quoted = shell(model)
        found += [
            Command(
                "Reproduce it: prove that every output comes out the same",
                f"{_RUN} -e reproduce -P of={result.parent.info.run_id}",
            ),
            Command(
                "Score a table",
                f"{_RUN} -e score -P model={quoted} "
                "-P data=/path/to/rows.csv -P output=/path/to/predictions.csv",
            ),
            Command("Serve it on http://127.0.0.1:9696", f"{_RUN} -e serve -P model={quoted}"),
            Command(
                "Load it in Python", f"mlflow.pyfunc.load_model({python(model)}).predict(rows)"
            ),
        ]
    return [*found, Command("Look at the runs", where_to_look())]


def where_to_look() -> str:
    """Where the runs can be seen: the address of the server, or the command that starts one."""
    store = hidden(mlflow.get_tracking_uri())
    if store.startswith("http"):
        return store
    return f"mlflow ui --backend-store-uri {shell(store)}"


def environment_of(result: Result) -> list[tuple[str, str]]:
    """(name, value) of each fact that is known."""
    tags = result.parent.data.tags
    found = read_json(result.parent, ENVIRONMENT) or {}
    commit = tags.get("mlflow.source.git.commit", "")
    dirty = tags.get(DIRTY_TAG) == "true"
    facts = [
        ("commit", f"{commit} with changes (source/diff.patch)" if dirty else commit),
        ("repository", tags.get("mlflow.source.git.repoURL", "")),
        ("lock", str(found.get("lock", ""))),
        ("Python", str(found.get("python", ""))),
        ("platform", str(found.get("platform", ""))),
        ("processor", f"{found.get('processor', '')}, {found['cores']} cores" if found else ""),
        ("memory", size(found["memory_bytes"]) if found else ""),
        ("run", result.parent.info.run_id),
    ]
    return [(name, value) for name, value in facts if value]
