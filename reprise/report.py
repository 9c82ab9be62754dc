"""The report of a `main` run: one page that needs neither network nor server."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
from jinja2 import Environment, PackageLoader, StrictUndefined
from mlflow.entities import Run

from reprise.evaluation import metrics_of
from reprise.lineage.cache import MISS_TAG
from reprise.lineage.uris import run_uri
from reprise.runner import Outcome

NAME = "report.html"
_PICTURES = "plots"


def render(
    outcomes: Mapping[str, Outcome], title: str, commands: Mapping[str, str], explained: str | None
) -> str:
    """The page as HTML: answer, candidates, steps, data, pictures, commands.

    `explained` says why there is no winner, where there is none. Whatever came from the user's
    table is escaped.
    """
    loader = PackageLoader("reprise", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["number"] = lambda value: "" if value is None else f"{value:.4g}"
    registered = _run_of(outcomes, "register")
    winner = registered.data.tags.get("reprise.candidate") if registered else None
    schema = _schema(outcomes)
    return environment.get_template(NAME).render(
        title=title,
        explained=explained,
        answer=_answer(registered),
        metrics=list(metrics_of(schema["task"])) if schema else [],
        candidates=_candidates(outcomes, winner),
        steps=[_step(name, outcome) for name, outcome in outcomes.items()],
        schema=schema,
        pictures=_pictures(winner),
        commands=commands,
    )


def _run_of(outcomes: Mapping[str, Outcome], name: str) -> Run | None:
    outcome = outcomes.get(name)
    return outcome.run if outcome is not None and outcome.succeeded else None


def _answer(registered: Run | None) -> dict[str, Any] | None:
    if registered is None:
        return None
    tested = {
        name.removeprefix("test_"): value
        for name, value in registered.data.metrics.items()
        if name.startswith("test_")
    }
    tags = registered.data.tags
    names = ("family", "version", "alias", "reason")
    return {name: tags[f"reprise.{name}"] for name in names} | {"tested": tested}


def _schema(outcomes: Mapping[str, Outcome]) -> dict[str, Any] | None:
    prepared = _run_of(outcomes, "prepare")
    if prepared is None:
        return None
    uri = run_uri(prepared.info.run_id, "table/schema.json")
    found: dict[str, Any] = json.loads(mlflow.artifacts.load_text(uri))
    return found


def _candidates(outcomes: Mapping[str, Outcome], winner: str | None) -> list[dict[str, Any]]:
    found = []
    for name, outcome in outcomes.items():
        if (
            not name.startswith(("train_", "tune", "ensemble"))
            or outcome.run is None
            or not outcome.succeeded
        ):
            continue
        family = outcome.run.data.tags["reprise.family"]
        found.append(
            {
                "name": f"{family} (tuned)" if name == "tune" else family,
                "won": outcome.run.info.run_id == winner,
                "values": outcome.run.data.metrics,
                "run": outcome.run.info.run_id,
            }
        )
    return found


def _step(name: str, outcome: Outcome) -> dict[str, Any]:
    tags = outcome.run.data.tags if outcome.run else {}
    note = outcome.error or ""
    if outcome.status == "CACHED" and outcome.run is not None:
        note = f"from run {outcome.run.info.run_id}"
    elif outcome.status == "FINISHED":
        note = tags.get(MISS_TAG, "")
    return {"name": name, "status": outcome.status, "seconds": outcome.seconds, "note": note}


def _pictures(winner: str | None) -> dict[str, str]:
    """Pictures of the winning run as data URIs, by title."""
    if winner is None:
        return {}
    folder = Path(mlflow.artifacts.download_artifacts(run_uri(winner, _PICTURES)))
    return {
        path.stem.replace("_", " "): "data:image/png;base64,"
        + base64.b64encode(path.read_bytes()).decode()
        for path in sorted(folder.glob("*.png"))
    }
