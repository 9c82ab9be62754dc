"""Entry point ensemble: a blend of candidates, as one more candidate."""

from steps import parameters
from steps.command import step
from steps.echo import say


@step("ensemble")
@parameters.candidates
@parameters.table
@parameters.metric
@parameters.seed
def command(candidates: str, table: str, metric: str, seed: int) -> None:
    """Blend candidates by weights found on validation rows; leaves the blend as a candidate."""
    from reprise.data.datasets import log_parts, open_prepared
    from reprise.errors import RepriseError
    from reprise.evaluation.metrics import resolve_metric
    from reprise.training.blend_members import read_member
    from reprise.training.blend_record import record_blend
    from reprise.training.blending import weigh
    from reprise.training.candidates import best_candidate, find_candidates
    from reprise.training.model_record import log_record

    prepared = open_prepared(table)
    task = prepared.schema.task
    chosen = resolve_metric(metric, task)
    found = find_candidates(candidates)
    if len(found) < 2:
        raise RepriseError(
            f"candidates must be at least two to be blended, got '{candidates}': name another"
        )
    best_candidate(found, chosen, prepared)  # which refuses those of another table
    members = [read_member(candidate) for candidate in found]
    log_parts(prepared, "validation")
    validation = prepared.read("validation")
    weighing = weigh(task, chosen, validation, [member.prediction for member in members], seed)
    shares = zip(members, weighing.weights, strict=True)
    kept = [member.weighing(weight) for member, weight in shares if weight]
    for member in kept:
        say(f"{member.weight:.2f} of {member.candidate.family} (run {member.candidate.run_id})")
    record = record_blend(kept, weighing.cross_fitted, prepared.schema, validation, seed)
    say(f"model: {log_record(record)}")


if __name__ == "__main__":
    command()
