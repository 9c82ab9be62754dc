"""Notes of runs: readable, and whatever a table holds is text in them."""

import mlflow
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from reprise.tracking import descriptions

NASTY = "<script>alert(1)</script> **bold** [a](http://x) | `code` <img src=x>"


def test_a_run_that_fails_has_its_reason_as_its_note():
    (text,) = descriptions.failed(
        f"target must be a column, got '{NASTY}'", "what it told"
    ).values()
    assert text.startswith("**Failed:** target must be a column, got '&lt;script&gt;")
    assert text.endswith("\n\nwhat it told")


def test_a_cached_run_has_the_note_of_the_one_it_stands_for():
    with mlflow.start_run(tags={MLFLOW_RUN_NOTE: "what came out"}) as run:
        pass
    earlier = mlflow.get_run(run.info.run_id)
    told = descriptions.cached(earlier)[MLFLOW_RUN_NOTE]
    assert told.endswith("what came out")
    link = f"(#/experiments/{earlier.info.experiment_id}/runs/{earlier.info.run_id})"
    assert link in told
