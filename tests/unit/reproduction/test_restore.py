"""Runs and a version, put into a store of their own as a certificate says they were."""

import mlflow
import pytest

from reprise.reproduction.capsule.manifest import Manifest
from reprise.reproduction.capsule.restore import restore
from reprise.reproduction.step_outputs import curves_of, trials_of
from reprise.tracking.separate_store import separate_store

TUNE, REGISTER = "1" * 32, "2" * 32
MODEL = "m-" + "3" * 32


def run(step: str, metrics: dict[str, str], **tags: str) -> dict:
    named = {"mlflow.project.entryPoint": step} | tags
    return {"step": step, "parameters": {"seed": "7"}, "metrics": metrics, "tags": named}


RECORD = {
    "version": {"name": "prices", "number": "4", "run": REGISTER, "tags": {"test_rmse": "1.5"}},
    "decision": {"run": REGISTER, "decided": "1700000000000"},
    "runs": {
        TUNE: run("tune", {"epoch_loss": "0.1", "mape": "nan"}),
        REGISTER: run("register", {}, **{"reprise.model_id": MODEL}),
    },
}
TRIAL = {"name": "trial 0", "status": "FINISHED", "params": {"a": "1"}, "metrics": {"cv_r2": 0.5}}
SAID = Manifest({}, REGISTER, True, {TUNE: {"epoch_loss": [0.3, 0.2, 0.1]}}, {TUNE: [TRIAL]})


def test_what_is_restored_is_what_was_said_and_is_gone_with_the_store(tmp_path, own_store):
    manifest = Manifest.parse(SAID.to_statement())
    with separate_store(tmp_path / "apart") as experiment:
        uri = restore(RECORD, manifest, tmp_path / "runs", experiment)
        assert uri == "models:/prices/4"
        tune = mlflow.get_run(TUNE)
        assert tune.info.status == "FINISHED"
        assert tune.data.params == {"seed": "7"}
        assert tune.data.metrics["epoch_loss"] == 0.1
        assert tune.data.metrics["mape"] != tune.data.metrics["mape"]
        assert curves_of(tune) == {"epoch_loss": [0.3, 0.2, 0.1]}
        (trial,) = trials_of(tune).values()
        assert (trial.data.params, trial.data.metrics) == ({"a": "1"}, {"cv_r2": 0.5})
        model = mlflow.get_logged_model(MODEL)
        assert (model.source_run_id, str(model.status)) == (REGISTER, "READY")
        assert model.artifact_location == str(tmp_path / "runs" / REGISTER / "model")
        version = mlflow.MlflowClient().get_model_version("prices", "4")
        assert version.run_id == REGISTER
        assert version.tags == {
            "test_rmse": "1.5",
            "reprise.certificate": f"runs:/{REGISTER}/provenance.json",
        }
    assert mlflow.get_tracking_uri() == own_store
    assert mlflow.get_registry_uri() == own_store
    with pytest.raises(mlflow.MlflowException):
        mlflow.get_run(TUNE)


@pytest.mark.parametrize(
    "broken",
    [
        {"version": RECORD["version"] | {"name": "../prices"}},
        {"version": RECORD["version"] | {"number": "0x4"}},
        {"runs": {"../../x": RECORD["runs"][TUNE]}},
    ],
)
def test_names_that_are_none_are_refused(tmp_path, broken):
    with pytest.raises(ValueError, match=r"it names a run|has no name and number"):
        restore(RECORD | broken, SAID, tmp_path, "1")


@pytest.mark.parametrize("statement", [b"", b"[]", b"{}", b'{"_type": 1}', b"[" * 100_000])
def test_what_is_no_manifest_is_none(statement):
    with pytest.raises(ValueError):
        Manifest.parse(statement)
