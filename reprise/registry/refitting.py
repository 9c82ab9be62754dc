"""The candidate fitted again on train and validation rows, as the model that is registered."""

from dataclasses import replace

import mlflow

from reprise.fitting.recipe import recipes_in
from reprise.fitting.refit import log_refitted, refit
from reprise.lineage.artifacts import MODEL_ID
from reprise.lineage.environment import threads
from reprise.lineage.files import log_files
from reprise.lineage.uris import run_uri
from reprise.packaging import NAME, stored_model
from reprise.registry.candidates import Candidate, Tested, check_files, measure
from reprise.table import PreparedTable, digest_of

# The tag that says on which rows a registered model was fitted again: these, or none.
REFIT = "reprise.refit"
_AGAIN, _NONE = "train+validation", "none"


def fitted_on(candidate: Candidate) -> str:
    """`train+validation` for a model that was fitted again, else `none`."""
    return _NONE if candidate.refitted_by is None else _AGAIN


def why_as_it_is(candidate: Candidate) -> str | None:
    """Why a candidate is not fitted again; None where it can be."""
    if candidate.registered:
        return "it is a registered version"
    if candidate.refitted_by is not None:
        return "it has been fitted again already"
    if not recipes_in(stored_model(candidate.run)):
        return "its run does not say how it was fitted"
    return None


def test_again(candidate: Candidate, table: PreparedTable) -> tuple[str, Tested]:
    """Digest and test of a candidate that is fitted again; nothing is logged."""
    check_files(candidate)
    refitted = refit(recipes_in(stored_model(candidate.run)), table, threads())
    return refitted.digest, measure(refitted.model, table)


def fit_again(candidate: Candidate, table: PreparedTable) -> Candidate:
    """Fit a candidate again, and log it as the model of the active run.

    Raises RepriseError where a file of the candidate is not as its step left it, or a fit fails.
    """
    check_files(candidate)
    refitted = refit(recipes_in(stored_model(candidate.run)), table, threads())
    logged = log_refitted(refitted, candidate.family, table)
    facts = {"fit_seconds": refitted.seconds, "model_bytes": logged.size}
    mlflow.log_metrics(facts, model_id=logged.model_id)
    mlflow.set_tags(
        {
            MODEL_ID: logged.model_id,
            "reprise.digest.model": refitted.digest,
            "reprise.input.table": digest_of(table.schema),
        }
    )
    log_files(NAME)
    run = mlflow.get_run(mlflow.active_run().info.run_id)
    return replace(candidate, uri=run_uri(run.info.run_id, NAME), refitted_by=run)
