"""Entry point watch: whether new rows are still like those that a model learned from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from reprise.tracking.contract import (
    INPUT_DATA_TAG,
    VERDICT_TAG,
    WATCH,
    WATCH_PAGE,
    WATCHED_TAG,
)
from steps import parameters
from steps.command import step
from steps.echo import say
from steps.score import log_use
from steps.terminal import telling

if TYPE_CHECKING:
    from reprise.inference.load import LoadedModel
    from reprise.inference.watching.batch_watch import Watched

# Findings that the terminal shows; watch.json has all.
_SHOWN = 12
GATE = (
    "drift<=0.05,missing<=0.03,unseen<=0.05,outside<=0.05,unreadable<=0,relation<=0.2,novel<=0.05,"
    "predictions<=0.1,worse<=0.1"
)


@step("watch", reusable=False)
@parameters.any_model
@parameters.option(
    "data", None, parameters.SOURCE, "new rows, with or without the target: as score takes them"
)
@parameters.query
@parameters.option(
    "gate",
    GATE,
    str,
    "how large changes and metrics may be; beyond, and by more than chance: ALARM",
)
@parameters.option(
    "alpha",
    0.01,
    parameters.Number(1e-9, 0.5),
    "chance of a false alarm over all that is tested of a batch",
)
@parameters.trust
def command(model: str, data: str, query: str, gate: str, alpha: float, trust: str) -> None:
    """Hold new rows, and what the model predicts of them, against its own; ALARM ends with 1."""
    import mlflow

    from reprise.data.inputs import look_up
    from reprise.data.row_stream import open_rows_with
    from reprise.errors import RepriseError
    from reprise.formatting import listed
    from reprise.inference.batch_scoring import plan
    from reprise.inference.load import load_model
    from reprise.inference.watching.batch_watch import profile_of, watch
    from reprise.inference.watching.judgement import ALARM, parse_limits
    from reprise.inference.watching.out_of_sample import out_of_sample
    from reprise.registry.trust import trusted
    from reprise.tracking.runs import active_run

    loaded = load_model(model, digest=trusted(model, trust))
    if loaded.note:
        say(loaded.note)
    conditions = parse_limits(gate, loaded.task)
    profile_of(loaded)
    inputs = look_up(data, query)
    with telling() as report:
        rows = open_rows_with(data, replace(loaded.asked, query=query), loaded.model.kinds, report)
    for what, decided in rows.reading.items():
        say(f"{what}: {decided}")
    chosen = plan(loaded, rows, [])
    mlflow.set_tags({**loaded.tags, INPUT_DATA_TAG: inputs.digest})
    log_use(loaded, inputs.named, inputs.digest, "watch")
    before = out_of_sample(loaded)
    with telling() as report:
        found = watch(loaded, rows, chosen, before, conditions, alpha, report)
        inputs.confirm()
    _record(
        found, loaded, {"data": inputs.named, "digest": inputs.digest, "gate": gate, "alpha": alpha}
    )
    _say(found)
    if found.verdict == ALARM:
        moved = [each.named for each in found.findings if each.level == ALARM]
        raise RepriseError(
            f"rows must be like those that the model learned from, got {listed(moved)}: see "
            f"{WATCH_PAGE} of run {active_run().info.run_id}; where they are right, train again"
        )


def _record(found: Watched, loaded: LoadedModel, asked: dict[str, str | float]) -> None:
    """Leave on the run, and on the version, what was found."""
    import mlflow

    from reprise.inference.watching.course import earlier_batches, metrics_of_batch
    from reprise.provenance.seals import log_sealed
    from reprise.reports.watch_page import watch_page
    from reprise.tracking.artifacts import log_contents
    from reprise.tracking.runs import active_run

    run = active_run()
    number, earlier = earlier_batches(loaded, run)
    content = {"model": loaded.uri, **asked, **found.to_json()}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    log_sealed({WATCH: text.encode()})
    told = {name.capitalize(): str(asked[name]) for name in ("data", "gate", "alpha")}
    log_contents({WATCH_PAGE: watch_page(found, loaded, told, earlier).encode()})
    # By their number, MLflow's charts show the batches of a version in their order.
    mlflow.log_metrics(metrics_of_batch(found), step=number + 1)
    mlflow.set_tag(VERDICT_TAG, found.verdict)
    if loaded.name and loaded.version:
        mlflow.MlflowClient().set_model_version_tag(
            loaded.name, loaded.version, WATCHED_TAG, f"{found.verdict} (run {run.info.run_id})"
        )


def _say(found: Watched) -> None:
    """Print the verdict and what moved."""
    moved = found.moved
    say(f"{found.verdict}: {len(moved)} of {len(found.findings)} tests moved, {found.rows:,} rows")
    for each in moved[:_SHOWN]:
        change = each.change
        size = f"size {change.size:.4g}{each.limit and f', gate {each.limit}'}"
        say(f"{each.level} {each.named}: {change.before} -> {change.now} ({size})")
    if len(moved) > _SHOWN:
        say(f"and {len(moved) - _SHOWN} more, all in {WATCH}")


if __name__ == "__main__":
    command()
