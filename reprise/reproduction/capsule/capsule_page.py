"""The page of a capsule: what the model is and how good, what the gate said, how to check it."""

from collections.abc import Mapping
from typing import Any

from reprise.evaluation.metrics import metrics_of
from reprise.provenance.in_toto import Record
from reprise.provenance.recorded_run import as_given
from reprise.reports import html
from reprise.tracking.contract import (
    COMMIT_TAG,
    DATA_TAG,
    DIRTY_TAG,
    FAMILY_TAG,
    INPUT_DATA_TAG,
    INTERVAL_PREFIX,
    LOCK_TAG,
    TASK_TAG,
)

_PAGE = "capsule.html"
_TEST = "test_"


def capsule_page(record: Record, tables: bool, wheels: bool, signed_by: str | None) -> str:
    """The page, which needs neither network nor server; the same for the same certificate.

    `signed_by` is the id of the key that the capsule is signed with, or None.
    """
    version, decision, runs = record["version"], record["decision"], record["runs"]
    prepared = [run for run in runs.values() if run["step"] == "prepare"]
    return html.page(
        _PAGE,
        uri=f"models:/{version['name']}/{version['number']}",
        gate=as_given(decision["gate"]),
        reason=decision["reason"],
        family=version["tags"].get(FAMILY_TAG, "unknown"),
        facts=_facts(version["tags"], prepared),
        metrics=_metrics(version["tags"]),
        steps=[
            {"step": run["step"], "run": run_id, "metrics": _validation(run["metrics"])}
            for run_id, run in sorted(runs.items(), key=lambda item: (item[1]["step"], item[0]))
        ],
        tables=tables,
        wheels=wheels,
        signed_by=signed_by,
    )


def _facts(tags: Mapping[str, str], prepared: list[Mapping[str, Any]]) -> dict[str, str]:
    """What it was made of, by name."""
    found = {"Raw table": tags.get(DATA_TAG, "unknown")}
    for run in prepared:
        found["Target"] = as_given(run["parameters"].get("target", ""))
        found["Task"] = run["tags"].get(TASK_TAG, "unknown")
        found["sha256 of the raw table"] = run["tags"].get(INPUT_DATA_TAG, "not recorded")
    changed = ", with changes that are recorded" if tags.get(DIRTY_TAG) == "true" else ""
    found["Commit of the code"] = tags.get(COMMIT_TAG, "none") + changed
    found["sha256 of the lock"] = tags.get(LOCK_TAG, "unknown")
    return found


def _metrics(tags: Mapping[str, str]) -> list[tuple[str, float, str]]:
    """(metric, value on the test part, its interval), as the version has them."""
    return [
        (name, float(tags[_TEST + name]), tags.get(INTERVAL_PREFIX + name, ""))
        for name in _names()
        if _TEST + name in tags
    ]


def _validation(metrics: Mapping[str, str]) -> str:
    found = {name: metrics.get(f"validation_{name}") for name in _names()}
    return ", ".join(f"{name} {float(text):.4g}" for name, text in found.items() if text)


def _names() -> list[str]:
    return [*metrics_of("regression"), *metrics_of("classification")]
