"""What an earlier main has computed already: looked up before a step starts, and pointed to."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlflow.entities import Run

from reprise import notes
from reprise.errors import RepriseError
from reprise.lineage import cache, names
from reprise.lineage.fingerprint import Fingerprint, fingerprint
from reprise.lineage.finished import FinishedRun, log_finished_runs
from reprise.lineage.runs import project_parameters, project_tags
from reprise.pipeline.graph import Step

# The typed parameters of an entry point given its parameters as texts, its defaults filled in.
Parse = Callable[[str, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Found:
    """What a step is, which earlier run stands for it, or why none does.

    `identity` is None where the step is not to be looked up, nor kept for a later main.
    """

    identity: Fingerprint | None
    run: Run | None
    reason: str
    tags: dict[str, str]


def find(step: Step, parameters: dict[str, Any], parse: Parse, mode: str, experiment: str) -> Found:
    """Look a step up; `mode` is use, refresh (compute it again) or off.

    The tags say why a step is computed, and which interrupted runs it goes on from.
    """
    identity = None if mode == "off" else _identify(step.entry_point, parameters, parse)
    if mode != "use" or identity is None:
        return Found(identity, None, "", {})
    lookup = cache.look_up(identity, experiment, step.changed)
    reason, tags = lookup.reason, {}
    if step.resumes and lookup.interrupted:
        reason = f"goes on from run {lookup.interrupted[0]}"
        tags[cache.RESUMES] = ",".join(lookup.interrupted)
    if reason:
        tags[cache.MISS_TAG] = reason[:5000]
    return Found(identity, lookup.run, reason, tags)


def stand_in(
    parent: Run, name: str, parameters: Mapping[str, Any], earlier: Run, seconds: float
) -> None:
    """Record a finished child of `parent` that points to the run it stands for."""
    now = round(1000 * time.time())
    run = FinishedRun(
        names.run_name(name, parameters),
        "FINISHED",
        now - round(1000 * seconds),
        now,
        project_parameters(name, parameters),
        earlier.data.metrics,
        project_tags(name, parameters, parent) | cache.result_tags(earlier) | notes.cached(earlier),
    )
    log_finished_runs(parent, [run])


def _identify(name: str, parameters: dict[str, Any], parse: Parse) -> Fingerprint | None:
    try:
        return fingerprint(name, parse(name, parameters))
    except RepriseError:
        return None  # the step itself will say what is wrong
