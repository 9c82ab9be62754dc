"""The batches of one model version that were watched before, one after the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PROJECT_ENTRY_POINT

from reprise.inference.load import LoadedModel
from reprise.inference.watching.batch_watch import Watched
from reprise.inference.watching.judgement import OK, Finding
from reprise.tracking.artifacts import read_json
from reprise.tracking.contract import MODEL_TAG, VERDICT_TAG, WATCH

_MOST = 30
_MOST_COLUMNS, _LONGEST = 100, 200


@dataclass(frozen=True)
class EarlierBatch:
    """What was found of a batch, and `when` its run began (UTC)."""

    run_id: str
    when: str
    rows: int
    verdict: str
    moved: frozenset[tuple[str, ...]]
    sizes: dict[str, float]


def earlier_batches(loaded: LoadedModel, run: Run) -> tuple[int, list[EarlierBatch]]:
    """(how many batches of this model were watched before this run, the last 30 of them).

    Those of the run's own experiment, the newest first.
    """
    model = loaded.uri.replace("'", "''")
    found = mlflow.MlflowClient().search_runs(
        [run.info.experiment_id],
        f"tags.`{MLFLOW_PROJECT_ENTRY_POINT}` = 'watch' AND tags.`{MODEL_TAG}` = '{model}'",
        order_by=["attributes.start_time DESC"],
        max_results=1000,
    )
    others = [
        each
        for each in found
        if VERDICT_TAG in each.data.tags and each.info.run_id != run.info.run_id
    ]
    read = [(each, read_json(each, WATCH)) for each in others[:_MOST]]
    return len(others), [_batch(each, content) for each, content in read if content is not None]


def _batch(run: Run, content: dict[str, Any]) -> EarlierBatch:
    sizes: dict[str, float] = {}
    for each in content["findings"]:
        sizes[each["measure"]] = max(sizes.get(each["measure"], 0.0), each["size"])
    moved = {
        key(each["measure"], each["columns"]) for each in content["findings"] if each["level"] != OK
    }
    began = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    return EarlierBatch(
        run.info.run_id,
        f"{began:%Y-%m-%d %H:%M}",
        content["rows"],
        content["verdict"],
        frozenset(moved),
        sizes,
    )


def key(measure: str, columns: Sequence[str]) -> tuple[str, ...]:
    """What tells a finding from the others of its batch."""
    return (measure, *columns)


def since(finding: Finding, earlier: Sequence[EarlierBatch]) -> str:
    """Since which batch, without a gap, a finding has been there; empty: only in this one."""
    sought = key(finding.change.measure, finding.change.columns)
    first = ""
    for batch in earlier:
        if sought not in batch.moved:
            break
        first = batch.when
    return first


def metrics_of_batch(found: Watched) -> dict[str, float]:
    """A batch as metrics of its run: the largest size of each measure, the drift of each column."""
    levels = [each.level for each in found.findings]
    metrics: dict[str, float] = {
        "watch_rows": found.rows,
        "watch_alarms": levels.count("ALARM"),
        "watch_warnings": levels.count("WARN"),
        **{f"watch_{name}": size for name, size in found.sizes.items()},
    }
    if found.now is not None:
        metrics |= {f"watch_{name}": value for name, value in found.now.metrics.items()}
    drifts = [each.change for each in found.findings if each.change.measure == "drift"]
    for change in sorted(drifts, key=lambda each: tuple(each.columns))[:_MOST_COLUMNS]:
        name = re.sub(r"[^\w\-. :]", "_", change.columns[0])[:_LONGEST]
        metrics[f"watch_drift/{name}"] = change.size
    return metrics
