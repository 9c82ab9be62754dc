"""The answer: who won, how good it is, and how it stands against the champion before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mlflow
from markupsafe import Markup
from mlflow.entities import Run

from reprise.formatting import metric, number
from reprise.reports import charts
from reprise.reports.main.result import Result
from reprise.tracking.artifacts import read_json
from reprise.tracking.contract import (
    ALIAS_TAG,
    CANDIDATE_TAG,
    COVERAGE,
    INTERVAL_PREFIX,
    REASON_TAG,
    VERSION_TAG,
)


@dataclass(frozen=True)
class Tested:
    """A metric of the test part: its value, and its 95% interval where one is known."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    drawing: Markup | None = None


@dataclass(frozen=True)
class Against:
    """Winner minus champion before it, with a 95% interval, on rows that neither learned from."""

    metric: str
    champion: float
    difference: float
    low: float
    high: float
    rows: int
    drawing: Markup


@dataclass(frozen=True)
class Answer:
    """What `main` has come to."""

    name: str
    tested: list[Tested]
    coverage: Mapping[str, Any] | None
    against: Against | None = None
    version: str | None = None
    alias: str | None = None
    reason: str = ""


def answer_of(result: Result) -> Answer | None:
    """The answer; None where no candidate came as far as the test part."""
    run = result.registering
    if run is None or CANDIDATE_TAG not in run.data.tags:
        return None
    tags = run.data.tags
    name = result.winner_name
    tested, coverage = _tested(result, run), read_json(run, COVERAGE)
    if result.run_of("register") is None:
        return Answer(name, tested, coverage, _against(run))
    reason = str(tags[REASON_TAG]).partition(": ")[2] or str(tags[REASON_TAG])
    return Answer(name, tested, coverage, _against(run), tags[VERSION_TAG], tags[ALIAS_TAG], reason)


def _tested(result: Result, run: Run) -> list[Tested]:
    known = _intervals(run)
    values = run.data.metrics
    found = []
    for name in result.metrics:
        value = values.get(f"test_{name}")
        if value is None:
            continue
        if name not in known:
            found.append(Tested(name, value))
            continue
        low, high = known[name]
        label = f"{metric(name)} {number(value)}, 95% interval {number(low)} to {number(high)}"
        found.append(Tested(name, value, low, high, charts.interval(low, value, high, label)))
    return found


def _intervals(run: Run) -> dict[str, tuple[float, float]]:
    """The intervals that the registered version carries as tags; none where there is no version."""
    name, version = (run.data.tags.get(f"reprise.{what}") for what in ("model_name", "version"))
    if name is None or version is None:
        return {}
    try:
        tags = mlflow.MlflowClient().get_model_version(name, version).tags
    except mlflow.MlflowException:
        return {}  # deleted since
    found = {}
    for key, text in tags.items():
        if key.startswith(INTERVAL_PREFIX):
            low, _, high = text.partition(" to ")
            found[key.removeprefix(INTERVAL_PREFIX)] = (float(low), float(high))
    return found


def _against(run: Run) -> Against | None:
    values: dict[str, Any] = run.data.metrics
    champions = [key for key in values if key.startswith("champion_test_")]
    if not champions or "champion_difference_low" not in values:
        return None
    difference, low, high = (values[f"champion_difference{end}"] for end in ("", "_low", "_high"))
    label = f"difference {number(difference)}, 95% interval {number(low)} to {number(high)}"
    return Against(
        champions[0].removeprefix("champion_test_"),
        values[champions[0]],
        difference,
        low,
        high,
        round(values["champion_compared_rows"]),
        charts.interval(low, difference, high, label, marks=[0.0]),
    )
