"""What a reproduction found, as a statement that can be signed."""

import json

import mlflow
import pytest

from reprise.reproduction.value_comparison import compare_values
from reprise.reproduction.verdict import Reproduction, StepResult
from reprise.reproduction.verification_summary import summary_of
from tests.workshop import put


def reproduction(of: str, run: str, same: bool) -> Reproduction:
    values = ("a", "a" if same else "b")
    step = StepResult(
        "train_rf", "train_rf", run, None, [compare_values("digest of model", *values)]
    )
    return Reproduction(of, run, "train_rf", 0.0, [step], [], [])


@pytest.mark.parametrize(
    ("same", "result", "levels"),
    [(True, "PASSED", ["REPRISE_IDENTICAL"]), (False, "FAILED", ["FAILED"])],
)
def test_a_verdict_is_that_of_the_reproduction(own_store, same, result, levels):
    with mlflow.start_run(tags={"reprise.digest.model": "a"}) as run:
        pass
    run_id = run.info.run_id
    found = json.loads(summary_of(reproduction(run_id, run_id, same), run, b"{}"))
    assert found["predicate"]["verificationResult"] == result
    assert found["predicate"]["verifiedLevels"] == levels
    assert [each["name"] for each in found["subject"]] == [f"runs:/{run_id}"]


def test_a_version_is_named_by_its_files_as_its_certificate_names_it(workshop):
    put(workshop, "good", "summed up")
    run = mlflow.get_run(workshop.runs["good"])
    found = json.loads(
        summary_of(reproduction("models:/summed up/1", run.info.run_id, True), run, b"{}")
    )
    assert found["subject"][0]["name"] == "models:/summed up/1"
    assert len(found["subject"][0]["digest"]["sha256"]) == 64
    assert found["predicate"]["inputAttestations"] == []
