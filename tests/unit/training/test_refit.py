"""The winner, fitted again on train and validation rows."""

import mlflow
import numpy as np
import pytest
import yaml

from reprise.errors import RepriseError
from reprise.inference.load import unwrapped
from reprise.registry.promotion import register
from reprise.training.candidates import find_candidates, open_test_part
from reprise.training.model_package import stored_conformal
from reprise.training.refit import why_as_it_is
from tests.workshop import (
    again,
    aliases,
    fitted_by_hand,
    model_folder,
    raw_table,
    trained,
    versions,
)


def test_the_winner_is_fitted_again_on_train_and_validation_rows(workshop):
    (candidate,) = find_candidates(workshop.runs["good"])
    outcome, run_id = again(workshop.table, candidate, "again")
    version = mlflow.MlflowClient().get_model_version("again", outcome.version)
    assert version.run_id == run_id
    assert version.tags["reprise.run"] == workshop.runs["good"]
    assert version.tags["reprise.refit"] == "train+validation"
    assert version.tags["reprise.digest.model"] != candidate.digest
    assert "fitted on 96 rows (train and validation)" in version.description
    rows = raw_table(1)
    expected = fitted_by_hand(workshop.table, 0.001).predict(rows)
    assert np.array_equal(mlflow.pyfunc.load_model("models:/again/1").predict(rows), expected)
    test = workshop.table.read("test")
    errors = fitted_by_hand(workshop.table, 0.001).predict(test.X) - test.y
    assert float(version.tags["test_rmse"]) == pytest.approx(np.sqrt((errors**2).mean()))
    known = stored_conformal(candidate.run)
    loaded = unwrapped("models:/again/1")[0]
    assert known is not None
    assert np.array_equal(loaded.conformal.scores, known.scores)
    bounds = loaded.conformal.columns(loaded.plain(test.X), loaded.predict(test.X), None, 0.9)
    held = (bounds["lower"] <= test.y) & (test.y <= bounds["upper"])
    assert float(version.tags["test_coverage_90"]) == held.mean()
    assert again(workshop.table, candidate, "again")[0].version == "1"  # found again
    assert versions("again") == ["1"]


def test_a_registered_version_is_rolled_back_to_as_it_is(workshop):
    for name in ("bad", "good"):
        again(workshop.table, find_candidates(workshop.runs[name])[0], "rolled")
    assert aliases("rolled") == {"champion": "2"}
    (candidate,) = find_candidates("models:/rolled/1")
    assert why_as_it_is(candidate) == "it is a registered version"
    assert candidate.run_id == workshop.runs["bad"]
    tested = open_test_part(candidate, workshop.table)
    outcome = register(candidate, workshop.table, tested, "rolled", "always")
    assert (outcome.version, outcome.alias) == ("1", "champion")
    assert versions("rolled") == ["1", "2"]


def test_a_refitted_model_whose_file_was_changed_is_refused(workshop):
    (candidate,) = find_candidates(workshop.runs["middling"])
    _, run_id = again(workshop.table, candidate, "changed")
    path = model_folder(run_id) / "artifacts" / "pipeline.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(RepriseError, match=r"pipeline\.skops was changed"):
        find_candidates("models:/changed/1")


def test_a_candidate_that_does_not_say_how_it_was_fitted_is_registered_as_it_is(workshop):
    run_id = trained(workshop.table, 0.7)
    path = model_folder(run_id) / "MLmodel"
    stored = yaml.safe_load(path.read_text())
    del stored["metadata"]["recipes"]
    path.write_text(yaml.safe_dump(stored))
    (candidate,) = find_candidates(run_id)
    assert why_as_it_is(candidate) == "its run does not say how it was fitted"
