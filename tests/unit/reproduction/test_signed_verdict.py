"""The signed verdict of a reproduction: VALID as it was left, and whatever was edited is named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mlflow.entities import Run

from reprise.data.digests import canonical_json
from reprise.provenance.dsse import Envelope
from reprise.provenance.seals import log_sealed
from reprise.provenance.signing import SigningKey
from reprise.reproduction.value_comparison import compare_values
from reprise.reproduction.verdict import Reproduction, StepResult
from reprise.reproduction.verification_summary import summary_of
from reprise.reproduction.verifier import verify
from tests.key_files import bare, certified
from tests.workshop import put

KEY = SigningKey(Ed25519PrivateKey.generate())
NAME, REPORT = "reproduction.dsse.json", "reproduction.json"


@dataclass(frozen=True)
class Verdict:
    """A run of reproduce, the run that it did again, and the version that this has become."""

    run: Run
    original: str
    version: str
    folder: Path

    @property
    def envelope(self) -> Path:
        return self.folder / NAME

    def statement(self) -> dict:
        return json.loads(Envelope.parse(self.envelope.read_bytes()).payload)

    def sign(self, statement: dict, key: SigningKey = KEY) -> None:
        self.envelope.write_bytes(key.seal(canonical_json(statement)))

    def tag(self, run_id: str, name: str, value: str) -> None:
        mlflow.MlflowClient().set_tag(run_id, name, value)


def reproduced(workshop, name: str, key: SigningKey | None = KEY) -> Verdict:
    put(workshop, "good", name)
    version = f"models:/{name}/1"
    with mlflow.start_run(tags={"reprise.digest.model": "a"}) as run:
        mlflow.log_text("{}", "provenance.json")
    original = run.info.run_id
    certificate = f"runs:/{original}/provenance.json"
    mlflow.MlflowClient().set_model_version_tag(name, "1", "reprise.certificate", certificate)
    same = [compare_values("digest of model", "a", "a")]
    step = StepResult("train_elasticnet", "train_elasticnet", original, None, same)
    found = Reproduction(version, original, "train_elasticnet", 0.0, [step], [], [])
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "reproduce"}) as run:
        report = json.dumps(found.to_json()).encode()
        sealed = {NAME: key.seal(summary_of(found, run, report))} if key else {}
        log_sealed({REPORT: report, **sealed})
        mlflow.set_tag("reprise.verdict", "identical")
    place = Path(run.info.artifact_uri.removeprefix("file://"))
    return Verdict(run, original, version, place)


@pytest.fixture
def public(tmp_path: Path) -> str:
    (tmp_path / "team.pub").write_text(bare(KEY.private))
    return str(tmp_path / "team.pub")


def edit_of(name: str, value: object) -> Callable[[Verdict], None]:
    """Someone with the key says something else."""

    def edit(verdict: Verdict) -> None:
        statement = verdict.statement()
        (statement if name in statement else statement["predicate"])[name] = value
        verdict.sign(statement)

    return edit


def another_key(verdict: Verdict) -> None:
    verdict.sign(verdict.statement(), SigningKey(Ed25519PrivateKey.generate()))


def another_run(verdict: Verdict) -> None:
    statement = verdict.statement()
    statement["predicate"]["reprise_reproduction"]["run"] = "a" * 32
    verdict.sign(statement)


EDITS: dict[str, tuple[Callable[[Verdict], None], str]] = {
    "envelope gone": (lambda it: it.envelope.unlink(), "is missing"),
    "no envelope": (lambda it: it.envelope.write_text("{}"), "was changed"),
    "another key": (another_key, "is not signed by"),
    "report": (lambda it: (it.folder / REPORT).write_text("{}"), f"{REPORT} was changed"),
    "report gone": (lambda it: (it.folder / REPORT).unlink(), f"{REPORT} was changed"),
    "another run": (another_run, f"{REPORT} was changed, is missing, or is that of another run"),
    "verdict": (
        lambda it: it.tag(it.run.info.run_id, "reprise.verdict", "different"),
        "tag reprise.verdict was edited",
    ),
    "no verdict": (
        lambda it: mlflow.MlflowClient().delete_tag(it.run.info.run_id, "reprise.verdict"),
        "tag reprise.verdict was edited",
    ),
    "outputs": (
        lambda it: it.tag(it.original, "reprise.digest.new", "0"),
        "is not what was reproduced",
    ),
    "certificate": (
        lambda it: mlflow.MlflowClient().log_text(it.original, "[]", "provenance.json"),
        "was changed, or is gone",
    ),
    "kind": (edit_of("predicateType", "https://example.org"), "of a kind that is not known here"),
    "type": (edit_of("_type", "https://example.org"), "of a kind that is not known here"),
    "no subjects": (edit_of("subject", []), "is no verdict of reproduce"),
    "no levels": (edit_of("verifiedLevels", None), "tag reprise.verdict was edited"),
}


def test_a_verdict_as_it_was_left_is_valid(workshop, public):
    verdict = reproduced(workshop, "left")
    found = verify(verdict.run.info.run_id, public)
    assert (found.verdict, found.problems, found.holds) == ("valid", [], True)
    assert (found.version, found.checked) == (verdict.version, {"subjects": 2})
    assert found.notes == ["it was reproduced: REPRISE_IDENTICAL"]


@pytest.mark.parametrize("edit", EDITS)
def test_what_was_edited_of_a_verdict_is_named(workshop, public, edit):
    change, said = EDITS[edit]
    verdict = reproduced(workshop, f"edited {edit}")
    change(verdict)
    found = verify(verdict.run.info.run_id, public)
    assert (found.verdict, found.holds) == ("invalid", False), found.lines()
    assert any(said in problem for problem in found.problems), found.problems


def test_without_a_key_on_either_side_a_verdict_is_unsigned(workshop, public):
    unsigned = reproduced(workshop, "nobody", None).run.info.run_id
    assert (verify(unsigned, "none").verdict, verify(unsigned, "none").holds) == ("unsigned", True)
    assert (verify(unsigned, public).verdict, verify(unsigned, public).holds) == ("unsigned", False)
    assert "reproduce had no key" in verify(unsigned, public).why
    signed = reproduced(workshop, "unchecked").run.info.run_id
    assert verify(signed, "none").verdict == "unsigned"
    assert "no key was given" in verify(signed, "none").why


def test_a_verdict_under_an_expired_key_is_invalid(workshop, tmp_path):
    verdict = reproduced(workshop, "late")
    (tmp_path / "team.crt").write_text(certified(KEY.private, 1, -2))
    found = verify(verdict.run.info.run_id, str(tmp_path / "team.crt"))
    assert found.verdict == "invalid"
    assert any("has expired" in problem for problem in found.problems)
