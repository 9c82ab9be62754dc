"""A capsule: verified and reproduced elsewhere, without the store that it came from."""

import base64
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest
from sklearn.datasets import load_diabetes

from reprise.errors import RepriseError
from reprise.provenance.in_toto import record_in, statement_of
from reprise.provenance.signing import make_pair
from reprise.reproduction.capsule.exporter import export
from reprise.reproduction.verifier import verify
from tests.capsules import flip, members_of, named, seal, signing_key, write

from .conftest import Workplace
from .prover import folder_of, stop

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("capsule")]
CHAMPION = "models:/reprise@champion"


@dataclass(frozen=True)
class Team(Workplace):
    """Where a version is made, signed and exported, with its capsule."""

    @property
    def key(self) -> str:
        return str(self.folder.parent / "team.pub")

    @property
    def secret(self) -> str:
        return self.key.replace(".pub", ".key")

    @property
    def capsule(self) -> Path:
        return self.folder.parent / "champion.capsule.zip"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"REPRISE_SIGNING_KEY": self.secret}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    team = Team(tmp_path_factory.mktemp("capsule") / "team")
    team.folder.mkdir()
    make_pair(team.key.removesuffix(".pub"))
    table = team.folder / "table.csv"
    load_diabetes(as_frame=True).frame.to_csv(table, index=False)
    options = ("--models", "elasticnet", "--tune_model", "elasticnet", "--trials", "2")
    done = team.step("main", *options, "--gate", "r2>=0.1", "--data", str(table))
    assert done.returncode == 0, done.stdout + done.stderr
    done = team.step("export", "--of", CHAMPION, "--output", str(team.capsule))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "signed by key" in done.stdout
    yield team
    stop(team)


# What is edited, and what the certificate says of it where capsule.json says the same.
EDITS = {
    "raw/table.csv": "the raw table is not the one that was read",
    "table/train.parquet": "table/train.parquet was changed",
    "model/artifacts/pipeline.skops": "model/artifacts/pipeline.skops was changed",
    "source/code.json": "source/code.json was changed",
    "source/requirements.txt": "source/requirements.txt was changed",
    "trials.csv": "trials.csv was changed",
    "fingerprint.json": "fingerprint.json",
    "/provenance.json": "provenance.json was changed",
    "/provenance.dsse.json": "provenance.dsse.json",
    "index.html": None,
}


@pytest.mark.parametrize("end", EDITS)
def test_a_member_that_was_replaced_is_named(team, tmp_path, end):
    members = members_of(team.capsule)
    name = flip(end)(members)
    path = write(tmp_path / "edited.zip", members)
    found = verify(str(path), team.key)
    assert found.verdict == "invalid"
    assert f"{name} was changed" in found.problems
    if EDITS[end] is None:
        return
    # By somebody who seals it anew, with a key of their own.
    make_pair(str(tmp_path / "other"))
    seal(members, signing_key(str(tmp_path / "other.key")))
    found = verify(str(write(tmp_path / "sealed.zip", members)), team.key)
    assert found.verdict == "invalid"
    assert any("capsule.dsse.json is not signed by" in phrase for phrase in found.problems)
    assert any(EDITS[end] in phrase for phrase in found.problems), found.problems


def test_members_that_are_missing_new_or_unsigned_are_named(team, tmp_path):
    members = members_of(team.capsule)
    gone = named(members, "evidence.json")
    del members[gone]
    members["runs/new.txt"] = b"new"
    found = verify(str(write(tmp_path / "a.zip", members)), team.key)
    assert {f"{gone} is missing", "runs/new.txt is new"} <= {*found.problems}
    members = members_of(team.capsule)
    members["capsule.json"] += b" "
    found = verify(str(write(tmp_path / "b.zip", members)), team.key)
    assert found.problems == ["capsule.json was changed: it is not what capsule.dsse.json holds"]
    # A page of somebody's own, whose signature is taken away, is not what the key has signed.
    members = members_of(team.capsule)
    members["index.html"] = b"<h1>r2 0.99</h1>"
    seal(members, None)
    found = verify(str(write(tmp_path / "c.zip", members)), team.key)
    assert (found.verdict, found.holds) == ("unsigned", False)
    assert "index.html may say anything" in found.why


def test_a_certificate_of_other_facts_is_not_what_was_signed(team, tmp_path):
    members = members_of(team.capsule)
    plain, sealed = (named(members, f"/provenance.{end}") for end in ("json", "dsse.json"))
    record = record_in(members[plain])
    record["decision"]["gate"] = "r2>=0.9"
    members[plain] = statement_of(record)
    envelope = json.loads(members[sealed])
    envelope["payload"] = base64.b64encode(members[plain]).decode()
    members[sealed] = json.dumps(envelope).encode()
    seal(members, None)
    found = verify(str(write(tmp_path / "edited.zip", members)), team.key)
    assert found.verdict == "invalid"
    assert any("provenance.dsse.json is not signed by" in each for each in found.problems)


def test_a_capsule_is_valid_in_an_empty_folder_and_so_is_what_it_was_unpacked_into(
    team, workplace, tmp_path
):
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(team.capsule).extractall(unpacked)
    for of in (team.capsule, unpacked):
        done = workplace.step("verify", "--of", str(of), "--key", team.key)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("VALID: models:/reprise/1, 6 runs, ")
    page = (unpacked / "index.html").read_text()
    for text in (
        "models:/reprise/1",
        "r2&gt;=0.1",
        "champion",
        "rmse",
        "-e verify",
        "-e reproduce",
    ):
        assert text in page
    assert "src=" not in page
    assert workplace.client.search_registered_models() == []
    (unpacked / "index.html").write_text("edited")
    done = workplace.step("verify", "--of", str(unpacked), "--key", team.key)
    assert done.returncode == 1
    assert "index.html was changed" in done.stderr


def test_a_capsule_comes_out_identical_without_its_store_or_its_table(team, workplace):
    table = team.folder / "table.csv"
    hidden = table.rename(table.with_suffix(".away"))
    try:
        done = workplace.step("reproduce", "--of", str(team.capsule), "--trust", team.key)
    finally:
        hidden.rename(table)
    assert done.returncode == 0, done.stdout + done.stderr
    run = workplace.runs("reproduce")[0]
    found = json.loads((folder_of(run) / "reproduction.json").read_text())
    assert found["verdict"] == "identical"
    steps = {step["name"]: step for step in found["steps"]}
    assert {"prepare", "train_elasticnet", "tune", "register"} <= set(steps)
    compared = {each["what"] for each in steps["tune"]["comparisons"]}
    assert {"trial 0", "trial 1"} <= compared
    assert any("in the capsule" in note for note in found["notes"])
    assert workplace.runs("prepare") == []
    assert workplace.client.search_registered_models() == []
    stop(workplace)


def test_nothing_of_a_capsule_is_run_that_is_not_what_was_exported_or_trusted(
    team, workplace, tmp_path
):
    members = members_of(team.capsule)
    flip("source/code.json")(members)
    path = write(tmp_path / "edited.zip", members)
    _, other, _ = make_pair(str(tmp_path / "other"))
    for of, trust, said in (
        (path, "none", "a capsule must be as it was exported"),
        (path, team.key, "must be signed by a key in"),
        (team.capsule, str(other), "must be signed by a key in"),
    ):
        done = workplace.step("reproduce", "--of", str(of), "--trust", trust)
        assert done.returncode == 1
        assert said in done.stderr
        assert "nothing of it was run" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    stop(workplace)


def test_without_tables_no_row_is_in_it_and_it_can_be_verified_but_not_reproduced(
    team, workplace, tmp_path
):
    mlflow.set_tracking_uri(team.uri)
    path = tmp_path / "bare.zip"
    export(CHAMPION, path, False, False, signing_key(team.secret))
    assert not [name for name in members_of(path) if name.endswith(".parquet") or "/raw/" in name]
    found = verify(str(path), team.key)
    assert (found.verdict, found.problems) == ("valid", [])
    assert any("without tables" in note for note in found.notes)
    done = workplace.step("reproduce", "--of", str(path))
    assert done.returncode == 1
    assert "tables=no" in done.stderr
    stop(workplace)


def test_an_export_is_the_same_each_time_and_of_what_its_runs_have_left(team, tmp_path):
    mlflow.set_tracking_uri(team.uri)
    key = signing_key(team.secret)
    path = tmp_path / "again.zip"
    export("models:/reprise/1", path, True, False, key)
    assert path.read_bytes() == team.capsule.read_bytes()
    table = team.folder / "table.csv"
    content = table.read_bytes()
    table.write_bytes(content + b"\n")
    try:
        with pytest.raises(RepriseError, match="the raw table must be the one that was read"):
            export("models:/reprise/1", tmp_path / "x.zip", True, False, key)
    finally:
        table.write_bytes(content)
    assert [found.name for found in tmp_path.rglob("*zip*")] == ["again.zip"]


def test_a_folder_with_the_model_is_held_against_its_version(team, tmp_path):
    mlflow.set_tracking_uri(team.uri)
    mlflow.artifacts.download_artifacts(f"{CHAMPION}", dst_path=str(tmp_path / "copy"))
    folder = next(path.parent for path in (tmp_path / "copy").rglob("MLmodel"))
    assert verify(str(folder), team.key).verdict == "valid"
    (folder / "artifacts" / "more.py").write_text("import os\n")
    found = verify(str(folder), team.key)
    assert found.problems == [f"{folder}: model/artifacts/more.py is new"]
