"""The certificate that registering leaves: what it covers, where it is found, who is believed."""

import base64
import hashlib
import json
from pathlib import Path

import mlflow
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.provenance.output_files import log_files
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.signing import SigningKey, make_pair, own_key
from reprise.provenance.stored_record import Behind, model_files
from reprise.registry.certificate import (
    aliases_said,
    certificate_of,
    certificates,
    certify,
    unsigned_since,
)
from reprise.registry.trust import trusted
from reprise.reproduction.verifier import verify
from tests.workshop import Workshop, aliases, put


class Keys:
    """A pair of keys, the public one in a file."""

    def __init__(self, folder: Path) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self.private = SigningKey(Ed25519PrivateKey.generate())
        self.file = folder / "team.pub"
        public = self.private.private.public_key()
        self.file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    @property
    def public(self) -> PublicKeys:
        return PublicKeys.read(str(self.file), "key")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def registered(
    workshop: Workshop, run: str, name: str, key: SigningKey | None, promote: str = "always"
) -> Run:
    """A run that registers another as the step does, and leaves its certificate."""
    shown = {"mlflow.project.entryPoint": "register", "reprise.model_name": name}
    with mlflow.start_run(tags=shown) as active:
        mlflow.log_params({"candidates": workshop.runs[run], "table": workshop.table.uri})
        behind = Behind.of(mlflow.get_run(active.info.run_id))
        outcome = put(workshop, run, name, promote)
        mlflow.set_tags(outcome.tags)
        certify(name, outcome.version, behind, key)
    return mlflow.get_run(active.info.run_id)


def statement(run: Run) -> dict:
    return json.loads(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/provenance.json"))


def test_a_certificate_covers_the_runs_behind_and_is_reached_from_the_version(workshop, keys):
    run = registered(workshop, "good", "covered", keys.private)
    version = mlflow.MlflowClient().get_model_version("covered", "1")
    assert version.tags["reprise.certificate"] == f"runs:/{run.info.run_id}/provenance.json"
    record = statement(run)["predicate"]["reprise_record"]
    steps = {each["step"] for each in record["runs"].values()}
    assert steps == {"register", "train_elasticnet", "prepare"}
    trained = record["runs"][workshop.runs["good"]]
    assert trained["metrics"]["validation_rmse"] == repr(
        mlflow.get_run(workshop.runs["good"]).data.metrics["validation_rmse"]
    )
    assert record["version"]["files"] == {
        name.removeprefix("model/"): digest
        for name, digest in trained["files"].items()
        if name.startswith("model/")
    }
    assert verify("models:/covered/1", str(keys.file)).verdict == "valid"


def test_the_same_registration_has_the_same_bytes(workshop, keys):
    run = registered(workshop, "good", "again the same", keys.private)
    version = mlflow.MlflowClient().get_model_version("again the same", "1")
    from reprise.provenance.in_toto import statement_of
    from reprise.registry.certificate import _record

    behind = Behind.of(mlflow.get_run(run.info.run_id))
    model = model_files(behind.files[str(version.run_id)])
    record = _record(run, version, model, behind)
    assert json.loads(statement_of(record)) == statement(run)


def test_without_a_key_there_is_a_certificate_that_nobody_signed(workshop, keys):
    run = registered(workshop, "good", "unsigned", None)
    names = [item.path for item in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
    assert names == ["provenance.json", "sbom.cdx.json"]
    found = verify("models:/unsigned/1", "none")
    assert (found.verdict, found.holds) == ("unsigned", True)
    found = verify("models:/unsigned/1", str(keys.file))
    assert (found.verdict, found.holds) == ("unsigned", False)
    with pytest.raises(RepriseError, match="version 1 is not signed"):
        trusted("models:/unsigned/1", str(keys.file))
    assert trusted("models:/unsigned/1", "none") is None


def test_the_same_model_again_without_a_key_leaves_the_signed_certificate_in_place(workshop, keys):
    run = registered(workshop, "good", "kept", keys.private)
    later = registered(workshop, "good again", "kept", None)
    version = mlflow.MlflowClient().get_model_version("kept", "1")
    assert version.tags["reprise.certificate"] == f"runs:/{run.info.run_id}/provenance.json"
    found = verify("models:/kept@champion", str(keys.file))
    assert (found.verdict, found.certificate) == ("valid", run.info.run_id)
    assert any(later.info.run_id in note for note in found.notes)


def test_the_same_model_again_covers_the_runs_of_the_version_and_its_own(workshop, keys):
    registered(workshop, "good", "twice", keys.private)
    later = registered(workshop, "good again", "twice", keys.private)
    record = statement(later)["predicate"]["reprise_record"]
    assert {workshop.runs[name] for name in ("good", "good again")} <= set(record["runs"])
    assert record["version"]["run"] == workshop.runs["good"]
    found = verify("models:/twice/1", str(keys.file))
    assert (found.verdict, found.certificate) == ("valid", later.info.run_id)


def test_aliases_are_where_the_signed_decisions_have_left_them(workshop, keys, tmp_path):
    client, name = mlflow.MlflowClient(), "moved"
    registered(workshop, "bad", name, keys.private)
    registered(workshop, "middling", name, keys.private, promote="never")
    said = aliases_said(certificates(name, keys.public), name)
    assert said == {"champion": "1", "challenger": "2"}
    registered(workshop, "middling", name, keys.private)
    said = aliases_said(certificates(name, keys.public), name)
    assert said == {"champion": "2"} == aliases(name)
    assert verify("models:/moved@champion", str(keys.file)).verdict == "valid"
    # Somebody without the key promotes another version.
    registered(workshop, "good", name, None)
    found = verify("models:/moved@champion", str(keys.file))
    assert (found.verdict, found.holds) == ("unsigned", False)
    found = verify("models:/moved/2", str(keys.file))
    assert found.problems == [
        "alias champion of moved points to version 3, by the certificates version 2"
    ]
    with pytest.raises(RepriseError, match="version 3 is not signed"):
        trusted("models:/moved@champion", str(keys.file))
    client.set_registered_model_alias(name, "champion", "1")
    with pytest.raises(RepriseError, match="champion of version 2 is signed, not 1"):
        trusted("models:/moved@champion", str(keys.file))
    assert trusted("models:/moved/1", str(keys.file)) is not None


def test_an_alias_of_peoples_own_is_said_to_be_nobodys_word(workshop, keys):
    registered(workshop, "good", "own", keys.private)
    mlflow.MlflowClient().set_registered_model_alias("own", "production", "1")
    found = verify("models:/own@production", str(keys.file))
    assert found.verdict == "valid"
    assert any("alias production is not set by register" in note for note in found.notes)


def test_a_list_of_files_that_was_changed_is_not_signed(own_store):
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_rf"}) as run:
        mlflow.log_text("{}", "evidence.json")
        log_files("evidence.json")
        mlflow.log_text("{}", "files.json")
    with pytest.raises(RepriseError, match=r"files\.json was changed"):
        Behind.of(mlflow.get_run(run.info.run_id))


def test_a_run_that_is_gone_is_named_in_the_certificate(workshop, keys):
    shown = {"mlflow.project.entryPoint": "register", "reprise.model_name": "lost"}
    gone = "a" * 32
    with mlflow.start_run(tags=shown) as active:
        mlflow.log_params({"candidates": f"{workshop.runs['good']},{gone}"})
        behind = Behind.of(mlflow.get_run(active.info.run_id))
        outcome = put(workshop, "good", "lost")
        mlflow.set_tags(outcome.tags)
        certify("lost", outcome.version, behind, keys.private)
    found = verify("models:/lost/1", str(keys.file))
    assert found.verdict == "valid"
    assert f"{gone} was gone already when it was signed" in found.notes
    own = certificate_of(
        certificates("lost", keys.public), mlflow.MlflowClient().get_model_version("lost", "1")
    )
    assert own is not None
    assert own.signed


def test_what_goes_with_a_certificate_is_among_its_subjects(workshop, keys):
    both = SigningKey(keys.private.private, generate_private_key(SECP256R1()))
    for key, beside in ((keys.private, ["sbom.cdx.json"]), (both, ["sbom.cdx.json", "model.sig"])):
        run = registered(workshop, "good", "beside", key)
        subjects = {each["name"]: each["digest"]["sha256"] for each in statement(run)["subject"]}
        assert [name for name in subjects if "/" not in name] == beside
        for name in beside:
            content = Path(mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/{name}"))
            assert subjects[name] == hashlib.sha256(content.read_bytes()).hexdigest()
    assert verify("models:/beside/1", str(keys.file)).verdict == "valid"


def test_a_model_signature_lists_the_files_of_the_version(workshop, keys):
    both = SigningKey(keys.private.private, generate_private_key(SECP256R1()))
    run = registered(workshop, "good", "listed", both)
    bundle = json.loads(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/model.sig"))
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    listed = {each["name"]: each["digest"] for each in payload["predicate"]["resources"]}
    assert listed == statement(run)["predicate"]["reprise_record"]["version"]["files"]
    assert len(listed) > 5


def test_a_run_without_the_signature_of_the_present_key_does_not_do(workshop, keys, monkeypatch):
    made, other = (make_pair(str(keys.file.with_name(name)))[0] for name in ("mine", "other"))
    unsigned = registered(workshop, "good", "by nobody", None)
    monkeypatch.delenv("REPRISE_SIGNING_KEY", raising=False)
    assert unsigned_since(unsigned) is None
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(made))
    assert str(unsigned_since(unsigned)).startswith("it is not signed by key")
    signed = registered(workshop, "good", "by somebody", own_key())
    assert unsigned_since(signed) is None
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(other))
    assert str(unsigned_since(signed)).startswith("it is not signed by key")
