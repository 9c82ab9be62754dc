"""verify: an honest version is VALID, an edit is named, and no signature is UNSIGNED."""

import json

import mlflow
import pytest

import tests.tampered_certificates
import tests.tampered_records  # noqa: F401
from reprise.errors import RepriseError
from reprise.provenance.dsse import Envelope
from reprise.provenance.signing import make_pair
from reprise.registry.trust import trusted
from reprise.reproduction.verifier import verify
from tests.tampering import CASES, Forger

from .prover import folder_of
from .signed import CHAMPION

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("signed")]


@pytest.mark.parametrize("of", [CHAMPION, "models:/reprise/2", "main", "register"])
def test_an_honest_version_is_valid(signed, of):
    found = verify(signed.forger().runs.get(of, of), signed.key)
    assert (found.verdict, found.problems, found.version) == ("valid", [], "models:/reprise/2")
    assert found.checked["runs"] == 6
    assert found.holds


def test_a_version_that_was_champion_is_valid_too(signed):
    assert verify("models:/reprise/1", signed.key).verdict == "valid"


@pytest.mark.parametrize("edit", CASES)
def test_what_was_tampered_with_is_named(signed, edit):
    tamper, named = CASES[edit]
    forger = signed.forger()
    tamper(forger)
    found = verify("models:/reprise/2", signed.key)
    assert found.verdict == "invalid", found.lines()
    expected = named.format_map(forger.runs)
    assert any(expected in problem for problem in found.problems), found.problems
    assert not found.holds


def strip(forger: Forger, *steps: str) -> None:
    """Leave runs and versions as an earlier Reprise left them."""
    client = mlflow.MlflowClient()
    for step in steps:
        for name in ("provenance.json", "provenance.dsse.json", "sbom.cdx.json", "model.sig"):
            (forger.folder(step) / name).unlink()
            client.delete_tag(forger.runs[step], f"reprise.sha256.{name}")
    for number in ("1", "2"):
        client.delete_model_version_tag("reprise", number, "reprise.certificate")


def test_a_version_of_before_certificates_is_unsigned_and_still_held_against_its_seals(signed):
    forger = signed.forger()
    strip(forger, "register", "first register")
    found = verify(CHAMPION, "none")
    assert (found.verdict, found.holds) == ("unsigned", True)
    assert "no certificate" in found.why
    with_key = verify(CHAMPION, signed.key)
    assert (with_key.verdict, with_key.holds) == ("unsigned", False)
    (forger.folder("train_rf") / "evidence.json").write_text("{}")
    assert verify(CHAMPION, "none").problems == [
        f"train_rf run {forger.runs['train_rf']}: evidence.json was changed"
    ]


def test_a_signature_that_nobody_checks_is_unsigned(signed):
    found = verify(CHAMPION, "none")
    assert (found.verdict, found.holds) == ("unsigned", True)
    assert "no key was given" in found.why


def test_the_step_leaves_a_verdict_a_page_and_a_status(signed):
    done = signed.step("verify", "--of", CHAMPION, "--key", signed.key)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VALID: models:/reprise/2, 6 runs, ")
    signed.forger().tag("train_rf", "reprise.digest.model", "0" * 64)
    done = signed.step("verify", "--of", CHAMPION, "--key", signed.key)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    run = signed.runs("verify")[0]
    assert run.data.tags["reprise.verdict"] == "invalid"
    left = json.loads((folder_of(run) / "verification.json").read_text())
    assert left["verdict"] == "invalid"
    assert left["problems"][0] in done.stderr
    assert "INVALID" in (folder_of(run) / "verification.html").read_text()


def test_a_scored_model_must_be_signed_where_a_key_is_trusted(signed, tmp_path):
    given = ("--model", CHAMPION, "--data", str(signed.folder / "table.csv"))
    given += ("--output", str(tmp_path / "scored.csv"), "--trust")
    done = signed.step("score", *given, signed.key)
    assert done.returncode == 0, done.stderr
    _, other, _ = make_pair(str(tmp_path / "other"))
    for step, arguments in (
        ("score", (*given, str(other))),
        ("serve", ("--model", CHAMPION, "--trust", str(other))),
    ):
        done = signed.step(step, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("error: model must be signed by a key in")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_reproduction_is_summed_up_and_signed(signed):
    forger = signed.forger()
    original = forger.runs["train_elasticnet"]
    done = signed.step("reproduce", "--of", original)
    assert done.returncode == 0, done.stdout + done.stderr
    run = signed.runs("reproduce")[0]
    found = verify(run.info.run_id, signed.key)
    assert (found.verdict, found.problems, found.version) == ("valid", [], original)
    envelope = Envelope.parse((folder_of(run) / "reproduction.dsse.json").read_bytes())
    statement = json.loads(envelope.payload)
    assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert statement["predicate"]["verificationResult"] == "PASSED"
    assert statement["predicate"]["verifiedLevels"] == ["REPRISE_IDENTICAL"]
    forger.tag("train_elasticnet", "reprise.digest.model", "5" * 64)
    found = verify(run.info.run_id, signed.key)
    assert found.verdict == "invalid"
    assert any(f"runs:/{original} is not what was" in problem for problem in found.problems)


UNTRUSTED = (
    "a_byte_of_the_model",
    "a_new_file_of_the_model",
    "a_model_that_was_deleted",
    "files_of_another_version",
    "the_alias_moved_by_hand",
    "the_signature_taken_away",
    "all_of_it_signed_by_another_key",
    "the_certificate_of_another_version",
    "a_leaf_left_out_by_the_owner_of_the_key",
)


@pytest.mark.parametrize("edit", UNTRUSTED)
def test_a_model_that_is_not_as_it_was_signed_is_not_trusted(signed, edit):
    assert trusted(CHAMPION, signed.key) is not None
    CASES[edit][0](signed.forger())
    with pytest.raises(RepriseError, match="must be signed"):
        trusted(CHAMPION, signed.key)
