"""The commands that repeat, reproduce, score and serve a result, ready to paste."""

import shlex
from dataclasses import dataclass

import mlflow

from reprise.credentials import hidden
from reprise.report.result import Result

_RUN = "mlflow run . --env-manager local"


@dataclass(frozen=True)
class Command:
    """What it is for, and the text to paste."""

    purpose: str
    text: str


def commands_of(result: Result) -> list[Command]:
    """What can be done with this result; without a registered version it can be repeated only."""
    given = " ".join(f"-P {name}={shlex.quote(str(value))}"
                     for name, value in result.options.items())  # fmt: skip
    store = hidden(mlflow.get_tracking_uri())
    found = [
        Command("First, in a clone of the project with its environment active",
                f"export MLFLOW_TRACKING_URI={shlex.quote(store)}"),
        Command("Repeat it", f"{_RUN} {given}"),
    ]  # fmt: skip
    registered = result.run_of("register")
    if registered is not None:
        name = registered.data.tags.get("reprise.model_name", result.options["model_name"])
        model = f"models:/{name}/{registered.data.tags['reprise.version']}"
        quoted = shlex.quote(model)
        found += [
            Command("Reproduce it: prove that every output comes out the same",
                    f"{_RUN} -e reproduce -P of={result.parent.info.run_id}"),
            Command("Score a table", f"{_RUN} -e score -P model={quoted} "
                    "-P data=/path/to/rows.csv -P output=/path/to/predictions.csv"),
            Command("Serve it on http://127.0.0.1:9696", f"{_RUN} -e serve -P model={quoted}"),
            Command("Load it in Python", f"mlflow.pyfunc.load_model({model!r}).predict(rows)"),
        ]  # fmt: skip
    look = (
        store if store.startswith("http") else f"mlflow ui --backend-store-uri {shlex.quote(store)}"
    )
    return [*found, Command("Look at the runs", look)]
