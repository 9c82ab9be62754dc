"""The note of a run, which MLflow shows beside its metrics: what came out, and where to look.

Whatever comes from the user's table or command is shown as text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from reprise.tracking.contract import PROFILE, VERSION_CARD
from reprise.tracking.markdown import code, plain, table

_MOST_COLUMNS = 20


def tag(*paragraphs: str) -> dict[str, str]:
    """The tag that holds a note of these paragraphs."""
    return {MLFLOW_RUN_NOTE: "\n\n".join(paragraph for paragraph in paragraphs if paragraph)}


def run_link(run: Run, label: str, artifact: str = "") -> str:
    """A link to a run, or to one of its artifacts, in MLflow's pages."""
    path = f"/artifacts/{artifact}" if artifact else ""
    return f"[{label}](#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}{path})"


def version_link(name: str, version: str) -> str:
    """A link to a version of a registered model."""
    from urllib.parse import quote

    return f"[models:/{plain(name)}/{version}](#/models/{quote(name)}/versions/{version})"


def failed(error: str, told: str) -> dict[str, str]:
    """The note of a run that failed: that, and what it had told before."""
    return tag(f"**Failed:** {plain(error)}", told)


def reported(run: Run, report: str) -> dict[str, str]:
    """The note of a pipeline whose report is there."""
    return tag(_report_link(run, report))


def cached(earlier: Run) -> dict[str, str]:
    """The note of a run that stands for an earlier one: that, and the note of the earlier."""
    told = earlier.data.tags.get(MLFLOW_RUN_NOTE, "")
    link = run_link(earlier, f"run {earlier.info.run_id}")
    return tag(f"**Cached:** nothing has changed since {link}.", told)


def prepared(run: Run, schema: Any) -> dict[str, str]:
    """The note of a prepared table: task, rows, columns, what was dropped."""
    dropped = [f"{plain(name)}: {plain(why['reason'])}" for name, why in schema.dropped.items()]
    rows = [[name, f"{count:,}"] for name, count in schema.rows.items()]
    more = len(dropped) - _MOST_COLUMNS
    decided = [*schema.decisions.items(), *schema.read_as.items()]
    read = [f"* {plain(what)}: {plain(how)}" for what, how in decided[:_MOST_COLUMNS]]
    return tag(
        f"**{schema.task.capitalize()}** of {code(schema.target)} from {len(schema.columns)} "
        f"columns of {code(schema.source)}: {plain(schema.task_reason)}.",
        run_link(run, "Profile of the table", PROFILE),
        table(["part", "rows"], rows),
        "\n".join(["How it was read:\n", *read]) if read else "",
        *(f"{count:,} rows dropped: {plain(why)}." for why, count in schema.dropped_rows.items()),
        "\n".join(
            ["Columns dropped:\n", *(f"* {line}" for line in dropped[:_MOST_COLUMNS])]
            + ([f"* and {more} more"] if more > 0 else [])
        )
        if dropped
        else "",
    )


def trained(
    run: Run,
    title: str,
    metrics: Mapping[str, float],
    hyperparameters: Mapping[str, int | float],
    *further: str,
) -> dict[str, str]:
    """The note of a trained model; `further` paragraphs come first."""
    names = [name.removeprefix("validation_") for name in metrics if name.startswith("validation_")]
    rows = [
        [name, *(_number(metrics.get(f"{part}_{name}")) for part in ("validation", "train"))]
        for name in names
    ]
    chosen = ", ".join(f"{name} {value:.6g}" for name, value in hyperparameters.items())
    return tag(
        *further,
        f"**{title}**: {plain(chosen)}.",
        table(["metric", "validation", "train"], rows),
        f"{run_link(run, 'Pictures', 'plots')} · "
        f"{run_link(run, 'importance of columns', 'importance.csv')}",
    )


def registered(
    run: Run, family: str, tested: Mapping[str, float], name: str, version: str, reason: str
) -> dict[str, str]:
    """The note of a registration."""
    answer = champion(family, tested, name, version, reason)
    return tag(answer, run_link(run, "Card of the model", VERSION_CARD))


def champion(family: str, tested: Mapping[str, float], name: str, version: str, reason: str) -> str:
    """What won, its test metrics, its version and why the alias is where it is."""
    values = ", ".join(
        f"{metric.removeprefix('test_')} {value:.4g}" for metric, value in tested.items()
    )
    link = version_link(name, version)
    return f"**{plain(family)}** won: {values} on the test part. It is {link}, {plain(reason)}."


def registered_model(schema: Any) -> str:
    """The description of a registered model: what it predicts, and what its aliases mean."""
    return (
        f"Predicts {code(schema.target)} ({schema.task}) from the columns of "
        f"{code(schema.source)}.\n\n"
        "`champion` is the version to use; `challenger` the latest that did not beat it. "
        "The description of each version is its card."
    )


def finished(
    run: Run,
    answer: str,
    candidates: Sequence[tuple[str, Run]],
    metrics: Sequence[str],
    report: str,
) -> dict[str, str]:
    """The note of a whole pipeline: the answer, the report, the candidates."""
    rows = [
        [
            run_link(candidate, plain(label)),
            *(_number(candidate.data.metrics.get(f"validation_{metric}")) for metric in metrics),
        ]
        for label, candidate in candidates
    ]
    return tag(
        _report_link(run, report),
        answer,
        table(["candidate", *(f"validation {metric}" for metric in metrics)], rows) if rows else "",
    )


def _report_link(run: Run, report: str) -> str:
    return run_link(run, "**Report**", report)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
