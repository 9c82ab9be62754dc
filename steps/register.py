"""Entry point register: the best candidate, tested once, behind the gate, into the registry."""

from typing import TYPE_CHECKING

import click

from steps import parameters
from steps.command import step

if TYPE_CHECKING:
    from reprise.registry.candidates import Candidate
    from reprise.table import PreparedTable


@step("register")
@parameters.candidates
@parameters.table
@parameters.metric
@parameters.registration
def command(
    candidates: str, table: str, metric: str, model_name: str, gate: str, promote: str, refit: str
) -> None:
    """Register the candidate that is best on validation rows, where it passes on test rows."""
    import mlflow

    from reprise import notes, registry
    from reprise.evaluation import resolve_metric
    from reprise.registry.card import FILE as CARD
    from steps.models import log_tested, open_table

    registry.check_name(model_name)
    prepared = open_table(table)
    task = prepared.schema.task
    conditions = registry.parse_gate(gate, task)
    best = registry.best_candidate(
        registry.find_candidates(candidates), resolve_metric(metric, task), prepared
    )
    mlflow.set_tags({"reprise.candidate": best.run_id, "reprise.family": best.family})
    best = _fitted(best, prepared, refit)
    tested = registry.open_test_part(best, prepared)
    mlflow.log_metrics(tested.metrics)
    log_tested(tested)
    registry.check_gate(conditions, tested.metrics)
    outcome = registry.register(best, prepared, tested, model_name, promote)
    note = notes.registered(
        mlflow.active_run(),
        best.family,
        tested.metrics,
        model_name,
        outcome.version,
        outcome.reason,
    )
    facts = {"reprise.model_name": model_name}
    facts["reprise.digest.registry"] = registry.state_digest(model_name)
    mlflow.set_tags({**outcome.tags, **facts, **note})
    mlflow.log_metrics(outcome.metrics)
    mlflow.log_text(outcome.card, CARD)
    click.echo(f"winner: {best.family} (run {best.run_id})")
    for name, value in tested.metrics.items():
        click.echo(f"{name}: {value:.6g}")
    click.echo(f"version: models:/{model_name}/{outcome.version} ({outcome.reason})")


def _fitted(best: "Candidate", prepared: "PreparedTable", refit: str) -> "Candidate":
    """The candidate as it will be registered: fitted again, or as it is."""
    import mlflow

    from reprise import registry
    from steps.datasets import log_parts

    as_it_is = "refit=none" if refit == "none" else registry.why_as_it_is(best)
    log_parts(prepared, *(["test"] if as_it_is else ["train", "validation", "test"]))
    if as_it_is:
        click.echo(f"registered as it is: {as_it_is}")
    else:
        best = registry.fit_again(best, prepared)
        click.echo(f"fitted again on {refit} rows")
    mlflow.set_tag(registry.REFIT, registry.fitted_on(best))
    return best


if __name__ == "__main__":
    command()
