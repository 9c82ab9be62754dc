"""Edits of the registry and of certificates that `verify` must name."""

import base64
import json
import shutil

import mlflow
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reprise.provenance.merkle import facts, merkle_root
from reprise.provenance.signing import SigningKey
from tests.tampering import NAME, Forger, case

# --- the registry ---


@case("models:/reprise/2: tag test_rmse")
def a_metric_of_the_version(forger: Forger) -> None:
    mlflow.MlflowClient().set_model_version_tag(NAME, "2", "test_rmse", "1.0")


@case("models:/reprise/2: tag reprise.digest.model is missing")
def a_tag_of_the_version_that_was_deleted(forger: Forger) -> None:
    mlflow.MlflowClient().delete_model_version_tag(NAME, "2", "reprise.digest.model")


@case("models:/reprise/2: tag reprise.certificate is missing")
def the_tag_that_leads_to_the_certificate(forger: Forger) -> None:
    mlflow.MlflowClient().delete_model_version_tag(NAME, "2", "reprise.certificate")


@case("models:/reprise/2: run ")
def the_run_of_the_version(forger: Forger) -> None:
    forger.sql("UPDATE model_versions SET run_id = ? WHERE version = 2", forger.runs["train_rf"])


@case("models:/reprise/2: model/")
def files_of_another_version(forger: Forger) -> None:
    forger.sql(
        "UPDATE model_versions SET (source, storage_location) = (SELECT source, storage_location "
        "FROM model_versions WHERE version = 1) WHERE version = 2"
    )


@case("alias champion of reprise points to version 1, by the certificates version 2")
def the_alias_moved_by_hand(forger: Forger) -> None:
    mlflow.MlflowClient().set_registered_model_alias(NAME, "champion", "1")


@case("alias champion of reprise is missing, by the certificates version 2")
def the_alias_taken_away(forger: Forger) -> None:
    mlflow.MlflowClient().delete_registered_model_alias(NAME, "champion")


@case("alias challenger of reprise points to version 2, by the certificates no version")
def an_alias_that_nobody_gave(forger: Forger) -> None:
    mlflow.MlflowClient().set_registered_model_alias(NAME, "challenger", "2")


# --- certificates ---


@case("certificate of run {register}: provenance.json was changed")
def a_word_of_the_certificate(forger: Forger) -> None:
    path = forger.folder("register") / "provenance.json"
    path.write_text(path.read_text().replace("champion", "Champion", 1))


@case("certificate of run {register}: provenance.dsse.json is not signed by")
def the_payload_under_the_old_signature(forger: Forger) -> None:
    statement = forger.statement()
    statement["predicate"]["reprise_record"]["decision"]["reason"] = "champion: by decree"
    forger.certify(statement)


@case("certificate of run {register}: provenance.dsse.json is not signed by")
def all_of_it_signed_by_another_key(forger: Forger) -> None:
    forger.certify(forger.statement(), SigningKey(Ed25519PrivateKey.generate()))


@case("certificate of run {register}: it is that of models:/reprise/1")
def the_certificate_of_another_version(forger: Forger) -> None:
    for name in ("provenance.json", "provenance.dsse.json"):
        shutil.copy(forger.folder("first register") / name, forger.folder("register") / name)


@case("certificate of run {register}: provenance.dsse.json is missing")
def the_signature_taken_away(forger: Forger) -> None:
    forger.envelope().unlink()


@case("certificate of run {register}: provenance.dsse.json was changed")
def an_envelope_that_is_none(forger: Forger) -> None:
    forger.envelope().write_text("[]")


@case("certificate of run {register}: provenance.dsse.json is not signed by")
def an_envelope_of_another_type(forger: Forger) -> None:
    envelope = json.loads(forger.envelope().read_text())
    forger.envelope().write_text(json.dumps(envelope | {"payloadType": "text/plain"}))


@case("certificate of run {register}: provenance.dsse.json is not signed by")
def an_envelope_without_signatures(forger: Forger) -> None:
    envelope = json.loads(forger.envelope().read_text())
    forger.envelope().write_text(json.dumps(envelope | {"signatures": []}))


@case("certificate of run {register}: provenance.dsse.json is not signed by")
def a_signature_of_zeros(forger: Forger) -> None:
    envelope = json.loads(forger.envelope().read_text())
    envelope["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    forger.envelope().write_text(json.dumps(envelope))


@case("certificate of run {register}: provenance.json has a Merkle root")
def a_leaf_left_out_by_the_owner_of_the_key(forger: Forger) -> None:
    statement = forger.statement()
    record = statement["predicate"]["reprise_record"]
    del record["runs"][forger.runs["train_rf"]]["files"]["evidence.json"]
    forger.certify(statement, forger.key)


@case("certificate of run {register}: provenance.json has other subjects")
def a_subject_left_out_by_the_owner_of_the_key(forger: Forger) -> None:
    statement = forger.statement()
    statement["subject"].pop()
    forger.certify(statement, forger.key)


@case("certificate of run {register}: provenance.json lacks a run")
def a_run_left_out_by_the_owner_of_the_key(forger: Forger) -> None:
    statement = forger.statement()
    predicate = statement["predicate"]
    del predicate["reprise_record"]["runs"][forger.runs["register"]]
    leaves = list(facts(predicate["reprise_record"]))
    predicate["reprise_merkle"] |= {"leaves": str(len(leaves)), "root": merkle_root(leaves)}
    forger.certify(statement, forger.key)


@case("certificate of run {register}: provenance.json is of a kind that is not known here")
def a_statement_of_another_kind(forger: Forger) -> None:
    statement = forger.statement()
    statement["predicate"]["buildDefinition"]["buildType"] = "urn:reprise:register:2"
    forger.certify(statement, forger.key)


@case("certificate of run {first register} (reprise/1): provenance.dsse.json was changed")
def the_certificate_of_an_earlier_champion(forger: Forger) -> None:
    forger.envelope("first register").write_text("{}")


@case("register run {register}: sbom.cdx.json was changed")
def a_package_left_out_of_the_bill_of_materials(forger: Forger) -> None:
    path = forger.folder("register") / "sbom.cdx.json"
    found = json.loads(path.read_text())
    found["components"].pop()
    path.write_text(json.dumps(found))
    forger.seal("register", path.name)


@case("register run {register}: model.sig was changed")
def the_signature_of_the_models_folder(forger: Forger) -> None:
    shutil.copy(forger.folder("first register") / "model.sig", forger.folder("register"))
    forger.seal("register", "model.sig")


@case("register run {register}: model.sig is missing")
def the_signature_of_the_models_folder_taken_away(forger: Forger) -> None:
    (forger.folder("register") / "model.sig").unlink()
    mlflow.MlflowClient().delete_tag(forger.runs["register"], "reprise.sha256.model.sig")
