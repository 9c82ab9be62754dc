"""Entry point ensemble: a blend of candidates, as one more candidate."""

import click

from steps import parameters
from steps.command import step


@step("ensemble")
@parameters.candidates
@parameters.table
@parameters.metric
@parameters.seed
def command(candidates: str, table: str, metric: str, seed: int) -> None:
    """Blend candidates by weights found on validation rows; leaves the blend as a candidate."""
    from reprise import registry
    from reprise.errors import RepriseError
    from reprise.evaluation import resolve_metric
    from reprise.fitting.ensemble import weigh
    from reprise.fitting.members import read_member
    from steps.blends import log_blend
    from steps.datasets import log_parts
    from steps.models import open_table

    prepared = open_table(table)
    task = prepared.schema.task
    chosen = resolve_metric(metric, task)
    found = registry.find_candidates(candidates)
    if len(found) < 2:
        raise RepriseError(
            f"candidates must be at least two to be blended, got '{candidates}': name another"
        )
    registry.best_candidate(found, chosen, prepared)  # which refuses those of another table
    members = [read_member(candidate) for candidate in found]
    log_parts(prepared, "validation")
    validation = prepared.read("validation")
    weighing = weigh(task, chosen, validation, [member.prediction for member in members], seed)
    shares = zip(members, weighing.weights, strict=True)
    kept = [member.weighing(weight) for member, weight in shares if weight]
    for member in kept:
        click.echo(f"{member.weight:.2f} of {member.candidate.family} "
                   f"(run {member.candidate.run_id})")  # fmt: skip
    click.echo(f"model: {log_blend(kept, weighing.cross_fitted, prepared, validation)}")


if __name__ == "__main__":
    command()
