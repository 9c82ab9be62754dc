"""verify: an honest version is VALID, an edit is named, and no signature is UNSIGNED."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from sklearn.datasets import load_diabetes

import tests.tampered_certificates
import tests.tampered_records  # noqa: F401
from reprise.errors import RepriseError
from reprise.provenance.signing import Envelope, PublicKeys, make_pair, own_key
from reprise.registry.trust import trusted
from reprise.reproduction.verifier import verify
from tests.tampering import CASES, Forger

from .conftest import Workplace
from .prover import folder_of, stop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("signed")]
CHAMPION = "models:/reprise@champion"
SMALL = ("--models", "elasticnet,rf", "--tune_model", "none", "--promote", "always")


@dataclass(frozen=True)
class Signed(Workplace):
    """A store with two signed versions, of which the second is the champion."""

    @property
    def key(self) -> str:
        return str(self.folder.parent / f"{self.folder.name}.pub")

    def environment(self) -> dict[str, str]:
        secret = self.key.removesuffix("pub") + "key"
        return super().environment() | {"REPRISE_SIGNING_KEY": secret}

    def forger(self) -> Forger:
        register, first = self.runs("register")
        found = self.children(self.runs("main")[0]) | {"register": register}
        ids = {name: run.info.run_id for name, run in found.items()}
        ids |= {"first register": first.info.run_id, "main": self.runs("main")[0].info.run_id}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REPRISE_SIGNING_KEY", self.environment()["REPRISE_SIGNING_KEY"])
            return Forger(self.folder / "mlflow.db", ids, own_key())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    made = Signed(tmp_path_factory.mktemp("signed"))
    make_pair(made.key.removesuffix(".pub"))
    load_diabetes(as_frame=True).frame.to_csv(made.folder / "table.csv", index=False)
    for seed in ("1", "2"):
        data = ("--data", str(made.folder / "table.csv"), "--seed", seed)
        done = made.step("main", *SMALL, *data)
        assert done.returncode == 0, done.stdout + done.stderr
    shutil.copytree(made.folder, made.folder.with_name("as it was"))
    yield made
    stop(made)


@pytest.fixture
def signed(made: Signed) -> Iterator[Signed]:
    """The store as it was made, in use, and put back after the test."""
    mlflow.set_tracking_uri(made.uri)
    yield made
    copy = made.folder.with_name("as it was")
    shutil.rmtree(made.folder / "mlruns")
    shutil.copytree(copy / "mlruns", made.folder / "mlruns")
    # In place: this process has the database open.
    with (
        closing(sqlite3.connect(copy / "mlflow.db")) as before,
        closing(sqlite3.connect(made.folder / "mlflow.db")) as store,
    ):
        before.backup(store)


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


def test_another_key_than_that_of_the_certificate_is_named(signed, tmp_path):
    _, other, _ = make_pair(str(tmp_path / "other"))
    found = verify(CHAMPION, str(other))
    assert found.verdict == "invalid"
    assert any("is not signed by" in problem for problem in found.problems)
    both = tmp_path / "both.pub"
    both.write_bytes(other.read_bytes() + Path(signed.key).read_bytes())
    assert verify(CHAMPION, str(both)).verdict == "valid"


def strip(forger: Forger, *steps: str) -> None:
    """Leave runs and versions as an earlier Reprise left them."""
    client = mlflow.MlflowClient()
    for step in steps:
        for name in ("provenance.json", "provenance.dsse.json"):
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
    original = signed.forger().runs["train_elasticnet"]
    done = signed.step("reproduce", "--of", original)
    assert done.returncode == 0, done.stdout + done.stderr
    run = signed.runs("reproduce")[0]
    envelope = Envelope.parse((folder_of(run) / "reproduction.dsse.json").read_bytes())
    assert envelope.is_signed_by(PublicKeys.read(signed.key, "key"))
    found = json.loads(envelope.payload)
    assert found["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert found["predicate"]["verificationResult"] == "PASSED"
    assert found["predicate"]["verifiedLevels"] == ["REPRISE_IDENTICAL"]
    assert f"runs:/{original}" in {each["name"] for each in found["subject"]}
    report = (folder_of(run) / "reproduction.json").read_bytes()
    digest = found["predicate"]["reprise_reproduction"]["sha256"]
    assert digest == hashlib.sha256(report).hexdigest()


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


def test_the_private_key_is_nowhere_in_the_store(made):
    secret = Path(made.environment()["REPRISE_SIGNING_KEY"])
    words = [line for line in secret.read_bytes().splitlines() if b"-----" not in line]
    kept = [path for path in made.folder.rglob("*") if path.is_file()]
    assert len(kept) > 100
    for path in kept:
        content = path.read_bytes()
        assert not any(word in content for word in (*words, str(secret).encode())), path


def test_a_key_that_cannot_sign_ends_a_main_before_it_begins(made, monkeypatch, tmp_path):
    secret = tmp_path / "open.key"
    secret.write_bytes(Path(made.environment()["REPRISE_SIGNING_KEY"]).read_bytes())
    secret.chmod(0o644)
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(secret))
    other = Workplace(tmp_path)
    done = other.step("main", *SMALL)
    assert done.returncode == 1
    assert "REPRISE_SIGNING_KEY must name" in done.stderr
    assert other.runs("prepare") == []
