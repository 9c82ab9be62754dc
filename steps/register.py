"""Entry point register: the best candidate, tested once, behind the gate, into the registry."""

from typing import TYPE_CHECKING

from reprise.tracking.contract import (
    CANDIDATE_TAG,
    COVERAGE,
    FAMILY_TAG,
    MODEL_NAME_TAG,
    REFIT_TAG,
    REGISTRY_DIGEST_TAG,
    VERSION_CARD,
)
from steps import parameters
from steps.command import step
from steps.echo import say

if TYPE_CHECKING:
    from reprise.data.prepared_table import PreparedTable
    from reprise.registry.promotion import Outcome
    from reprise.training.candidates import Candidate, Tested


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

    from reprise.data.datasets import open_prepared
    from reprise.evaluation.metrics import resolve_metric
    from reprise.provenance.signing import own_key
    from reprise.provenance.stored_record import Behind
    from reprise.registry.certificate import certify
    from reprise.registry.gate import check_gate, parse_gate
    from reprise.registry.promotion import register
    from reprise.registry.versions import check_name
    from reprise.tracking.runs import active_run
    from reprise.training.candidates import (
        best_candidate,
        find_candidates,
        log_tested,
        open_test_part,
    )

    check_name(model_name)
    key = own_key()
    prepared = open_prepared(table)
    task = prepared.schema.task
    conditions = parse_gate(gate, task)
    best = best_candidate(find_candidates(candidates), resolve_metric(metric, task), prepared)
    mlflow.set_tags({CANDIDATE_TAG: best.run_id, FAMILY_TAG: best.family})
    best = _fitted(best, prepared, refit)
    tested = open_test_part(best, prepared)
    mlflow.log_metrics(tested.metrics)
    log_tested(tested)
    check_gate(conditions, tested.metrics)
    behind = Behind.of(active_run())
    outcome = register(best, prepared, tested, model_name, promote)
    _record(outcome, best.family, tested, model_name)
    say(f"winner: {best.family} (run {best.run_id})")
    for name, value in tested.metrics.items():
        say(f"{name}: {value:.6g}")
    say(f"version: models:/{model_name}/{outcome.version} ({outcome.reason})")
    say(certify(model_name, outcome.version, behind, key))


def _record(outcome: "Outcome", family: str, tested: "Tested", model_name: str) -> None:
    """Leave on the run what registering did."""
    import mlflow

    from reprise.formatting import compact_json
    from reprise.provenance.seals import log_sealed
    from reprise.registry.versions import state_digest
    from reprise.tracking import descriptions
    from reprise.tracking.runs import active_run

    said = (tested.metrics, model_name, outcome.version, outcome.reason)
    note = descriptions.registered(active_run(), family, *said)
    facts = {MODEL_NAME_TAG: model_name, REGISTRY_DIGEST_TAG: state_digest(model_name)}
    mlflow.set_tags({**outcome.tags, **facts, **note})
    mlflow.log_metrics(outcome.metrics)
    sealed = {VERSION_CARD: outcome.card.encode()}
    if tested.coverage is not None:
        sealed[COVERAGE] = compact_json(tested.coverage.to_json()).encode()
    log_sealed(sealed)


def _fitted(best: "Candidate", prepared: "PreparedTable", refit: str) -> "Candidate":
    """The candidate as it will be registered: fitted again, or as it is."""
    import mlflow

    from reprise.data.datasets import log_parts
    from reprise.training.refit import fit_again, why_as_it_is

    as_it_is = "refit=none" if refit == "none" else why_as_it_is(best)
    log_parts(prepared, *(["test"] if as_it_is else ["train", "validation", "test"]))
    if as_it_is:
        say(f"registered as it is: {as_it_is}")
    else:
        best = fit_again(best, prepared.learning_rows())
        say(f"fitted again on {refit} rows")
    mlflow.set_tag(REFIT_TAG, best.fitted_again_on)
    return best


if __name__ == "__main__":
    command()
