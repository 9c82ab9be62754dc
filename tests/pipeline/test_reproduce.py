"""reproduce on real runs: what comes out the same is certified, what does not is named."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow.entities import Run
from sklearn.datasets import load_diabetes

from tests.serving import git, make_repository

from .conftest import Workplace

SMALL = ("--models", "elasticnet,rf", "--tune_model", "elasticnet", "--trials", "3")
FAMILIES = ("train_elasticnet", "train_rf", "train_gbm", "train_nn")
TAG = "reprise.reproduced"


@dataclass(frozen=True)
class Proof:
    """What a reproduce run said and left."""

    status: int
    printed: str
    error: str
    run: Run
    found: dict
    page: str

    def unlike(self) -> set[tuple[str, str]]:
        """(step, output) of everything that did not come out the same."""
        return {
            (step["name"], each["what"])
            for step in self.found["steps"]
            for each in step["comparisons"]
            if not each["same"]
        }


class Prover(Workplace):
    """A workplace with a main that can be reproduced."""

    @property
    def table(self) -> Path:
        return self.folder / "table.csv"

    def reproduce(self, of: str, *arguments: str) -> Proof:
        done = self.step("reproduce", "--of", of, *arguments)
        run = self.runs("reproduce")[0]
        folder = folder_of(run)
        assert (folder / "reproduction.json").exists(), done.stdout + done.stderr
        found = json.loads((folder / "reproduction.json").read_text())
        page = (folder / "reproduction.html").read_text()
        return Proof(done.returncode, done.stdout, done.stderr, run, found, page)

    def original(self, name: str) -> Run:
        """The step of the one main, as it is now."""
        return self.children(self.runs("main")[0])[name]


def folder_of(run: Run) -> Path:
    return Path(run.info.artifact_uri.removeprefix("file://"))


def stop(workplace: Workplace) -> None:
    subprocess.run(
        [sys.executable, "-m", "reprise.warm", "stop"], env=workplace.environment(), check=True
    )


@pytest.fixture(scope="module")
def regression(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prover]:
    prover = Prover(tmp_path_factory.mktemp("regression"))
    load_diabetes(as_frame=True).frame.to_csv(prover.table, index=False)
    done = prover.step("main", *SMALL, "--data", str(prover.table))
    assert done.returncode == 0, done.stderr
    yield prover
    stop(prover)


def test_a_main_comes_out_identical_in_every_output_and_nothing_is_registered(tmp_path):
    prover = Prover(tmp_path)
    assert prover.step("main", *SMALL).returncode == 0
    versions = prover.client.search_model_versions("name = 'reprise'")
    main = prover.runs("main")[0]
    proof = prover.reproduce(main.info.run_id)
    assert proof.status == 0, proof.printed + proof.error
    assert "IDENTICAL: main run" in proof.printed
    assert proof.found["verdict"] == "identical"
    assert proof.found["largest_difference"]["value"] == 0
    steps = {step["name"]: step for step in proof.found["steps"]}
    candidates = {"train_elasticnet", "train_rf", "tune", "ensemble"}
    assert set(steps) == {"prepare", *candidates, "register"}
    compared = {
        name: {each["what"] for each in step["comparisons"]} for name, step in steps.items()
    }
    assert {f"digest of {part}.parquet" for part in ("train", "validation", "test")} <= compared[
        "prepare"
    ]
    assert {"predictions/validation.parquet", "digest of model", "metric validation_rmse"} <= (
        compared["train_rf"]
    )
    assert {"trial 0", "trial 1", "trial 2", "metric cv_rmse"} <= compared["tune"]
    assert {"predictions/validation.parquet", "digest of model"} <= compared["ensemble"]
    assert {"winner", "digest of model", "predictions/test.parquet", "metric test_rmse"} <= (
        compared["register"]
    )
    assert main.info.run_id in proof.page
    # The original is tagged, and the registry is as it was.
    tagged = [prover.runs("main")[0], *prover.children(main).values()]
    assert {run.data.tags.get(TAG) for run in tagged} == {"identical"}
    assert len(prover.client.search_model_versions("name = 'reprise'")) == len(versions)
    # The steps lie apart, under the reproduce run.
    again = prover.client.get_experiment_by_name("reprise-reproductions")
    text = f"tags.`mlflow.parentRunId` = '{proof.run.info.run_id}'"
    assert len(prover.client.search_runs([again.experiment_id], text)) == 5
    stop(prover)


def test_every_family_and_a_search_that_classify_come_out_identical_and_so_does_the_champion(
    tmp_path,
):
    prover = Prover(tmp_path)
    main = ("--data", "sklearn:breast_cancer", "--tune_model", "gbm", "--trials", "2")
    assert prover.step("main", *main).returncode == 0
    proof = prover.reproduce(prover.runs("main")[0].info.run_id)
    assert proof.status == 0, proof.printed + proof.error
    steps = {step["name"]: step for step in proof.found["steps"]}
    assert set(steps) == {"prepare", *FAMILIES, "tune", "ensemble", "register"}
    assert proof.unlike() == set()
    for name in (*FAMILIES, "tune", "ensemble"):
        compared = {each["what"] for each in steps[name]["comparisons"]}
        assert {"digest of model", "predictions/validation.parquet",
                "metric validation_log_loss"} <= compared  # fmt: skip
    proof = prover.reproduce("models:/reprise@champion")
    assert proof.status == 0, proof.printed + proof.error
    steps = {step["name"]: step for step in proof.found["steps"]}
    assert set(steps) > {"prepare", "test part (version 1)"}
    tested = {each["what"] for each in steps["test part (version 1)"]["comparisons"]}
    assert {"digest of model", "metric test_log_loss", "metric test_accuracy"} <= tested
    version = prover.client.get_model_version_by_alias("reprise", "champion")
    assert version.tags[TAG] == "identical"
    stop(prover)


class Project(Prover):
    """A clone of the project that may be edited."""

    @property
    def code(self) -> Path:
        return self.folder / "project"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": str(self.code)}

    def git(self, *arguments: str) -> str:
        return git(self.code, *arguments)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    make_repository(project.code)
    yield project
    stop(project)


def test_a_run_of_a_dirty_tree_that_was_cleaned_since(project):
    edited = project.code / "reprise" / "models" / "elasticnet.py"
    text = edited.read_text()
    edited.write_text(text.replace("import features", "import added, features", 1).replace(
        "features.scaled(options.seed)", "features.scaled(options.seed + added.ONE)"))  # fmt: skip
    (project.code / "reprise" / "models" / "added.py").write_text('"""New."""\n\nONE = 1\n')
    main = ("--models", "elasticnet", "--tune_model", "none")
    assert project.step("main", *main).returncode == 0
    project.git("checkout", "--quiet", ".")
    project.git("clean", "--quiet", "-fd")
    proof = project.reproduce("models:/reprise@champion")
    assert proof.status == 0, proof.printed + proof.error
    assert proof.found["verdict"] == "identical"
    assert any("with source/diff.patch (train_elasticnet, register)" in note
               for note in proof.found["notes"])  # fmt: skip
    # The checkout was not touched, and nothing is left of the other tree.
    assert edited.read_text() == text
    assert not project.git("status", "--porcelain")
    assert len(project.git("worktree", "list").splitlines()) == 1
    # Its diff is held to be what the run left.
    (patch,) = (folder_of(project.original("train_elasticnet")) / "source").glob("diff.patch")
    patch.write_text(patch.read_text().replace("+ONE = 1", "+ONE = 2"))
    proof = project.reproduce("models:/reprise@champion")
    assert proof.status == 1
    assert "train_elasticnet: source/diff.patch was changed" in proof.found["reasons"]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def model_of(prover: Prover, run: Run) -> Path:
    model = prover.client.get_logged_model(run.data.tags["reprise.model_id"])
    return Path(model.artifact_location.removeprefix("file://"))


def tamper_with_table(prover: Prover) -> None:
    flip(folder_of(prover.original("prepare")) / "table" / "validation.parquet")


def tamper_with_model(prover: Prover) -> None:
    flip(model_of(prover, prover.original("train_elasticnet")) / "artifacts" / "pipeline.skops")


def tamper_with_predictions(prover: Prover) -> None:
    flip(folder_of(prover.original("train_elasticnet")) / "predictions" / "validation.parquet")


def tamper_with_lock(prover: Prover) -> None:
    path = folder_of(prover.original("train_elasticnet")) / "source" / "requirements.txt"
    path.write_text(path.read_text().replace("\nnumpy==", "\nnumpy==9", 1))


def tamper_with_parameter(prover: Prover) -> None:
    edit(prover, "UPDATE params SET value = '0.002' WHERE run_uuid = ? AND key = 'alpha'")


def tamper_with_metric(prover: Prover) -> None:
    for table in ("metrics", "latest_metrics"):
        edit(prover, f"UPDATE {table} SET value = value - 1 WHERE run_uuid = ? "
                     "AND key = 'validation_rmse'")  # fmt: skip


def tamper_with_digest(prover: Prover) -> None:
    run = prover.original("train_elasticnet")
    prover.client.set_tag(run.info.run_id, "reprise.digest.model", "0" * 64)


def edit(prover: Prover, statement: str) -> None:
    with closing(sqlite3.connect(prover.folder / "mlflow.db")) as store, store:
        store.execute(statement, (prover.original("train_elasticnet").info.run_id,))


@pytest.fixture
def restored(regression: Prover) -> Iterator[Prover]:
    """The shared workplace, put back as it was after the test."""
    copy = regression.folder.with_name("as it was")
    shutil.copytree(regression.folder, copy)
    yield regression
    shutil.rmtree(regression.folder / "mlruns")
    shutil.copytree(copy / "mlruns", regression.folder / "mlruns")
    shutil.copy(copy / "table.csv", regression.table)
    # In place: this process has the database open.
    with (
        closing(sqlite3.connect(copy / "mlflow.db")) as before,
        closing(sqlite3.connect(regression.folder / "mlflow.db")) as store,
    ):
        before.backup(store)
    shutil.rmtree(copy)


CASES = {
    tamper_with_table: "prepare: table/validation.parquet was changed",
    tamper_with_model: "train_elasticnet: model/artifacts/pipeline.skops was changed",
    tamper_with_predictions: "train_elasticnet: predictions/validation.parquet was changed",
    tamper_with_lock: "train_elasticnet: source/requirements.txt was changed (numpy ",
    tamper_with_parameter: "train_elasticnet: parameter alpha 0.001 -> 0.002 was edited",
}


@pytest.mark.parametrize("tamper", CASES)
def test_what_was_tampered_with_is_named(restored, tamper: Callable[[Prover], None]):
    run_id = restored.original("train_elasticnet").info.run_id
    tamper(restored)
    proof = restored.reproduce(run_id)
    assert proof.status == 1
    assert "DIFFERENT: train_elasticnet run" in proof.printed
    assert CASES[tamper] in proof.error
    assert len(proof.error.strip().splitlines()) == 1
    assert any(CASES[tamper] in reason for reason in proof.found["reasons"])
    assert proof.run.info.status == "FAILED"
    assert restored.client.get_run(run_id).data.tags[TAG] == "different"


def test_every_file_that_says_what_a_run_was_made_of_is_named_when_it_was_changed(restored):
    run = restored.original("train_elasticnet")
    names = ("environment.json", "source/origin.json", "source/code.json", "files.json")
    for name in names:
        path = folder_of(run) / name
        path.write_text(path.read_text().replace("1", "2", 1))
    schema = folder_of(restored.original("prepare")) / "table" / "schema.json"
    schema.write_text(schema.read_text() + " ")
    proof = restored.reproduce(run.info.run_id)
    assert proof.status == 1
    told = "\n".join(proof.found["reasons"])
    assert "prepare: table/schema.json was changed" in told
    assert [name for name in names if f"train_elasticnet: {name} was changed" not in told] == []


@pytest.mark.parametrize(
    ("tamper", "what"),
    [(tamper_with_metric, "metric validation_rmse"), (tamper_with_digest, "digest of model")],
)
def test_a_recorded_result_that_was_edited_is_the_one_that_differs(restored, tamper, what):
    tamper(restored)
    proof = restored.reproduce(restored.original("train_elasticnet").info.run_id)
    assert proof.status == 1
    assert proof.unlike() == {("train_elasticnet", what)}
    assert what in proof.printed


def test_a_tolerance_accepts_what_is_off_by_less_and_states_the_largest(restored):
    tamper_with_metric(restored)
    run_id = restored.original("train_elasticnet").info.run_id
    proof = restored.reproduce(run_id, "--tolerance", "1.5")
    assert proof.status == 0, proof.printed + proof.error
    assert "WITHIN TOLERANCE" in proof.printed
    largest = proof.found["largest_difference"]
    assert largest["what"] == "metric validation_rmse"
    assert largest["value"] == pytest.approx(1)
    assert restored.client.get_run(run_id).data.tags[TAG] == "within-tolerance"


def test_changed_source_data_is_told_first_and_the_stored_split_gone_on_from(restored):
    text = restored.table.read_text()
    first = text.index("\n") + 1
    restored.table.write_text(text[:first] + text[first:].replace("1", "2", 1))
    proof = restored.reproduce(restored.original("train_elasticnet").info.run_id)
    assert proof.status == 1
    assert "table.csv' has changed since" in proof.error
    assert proof.printed.index("has changed since") < proof.printed.index("train_elasticnet")
    assert any("went on from the stored split" in note for note in proof.found["notes"])
    assert {step["name"]: step["verdict"] for step in proof.found["steps"]} == {
        "prepare": "different", "train_elasticnet": "identical",
    }  # fmt: skip


def test_changed_data_without_an_intact_split_ends_before_training(restored):
    restored.table.write_text(restored.table.read_text().replace("1", "2", 1))
    tamper_with_table(restored)
    proof = restored.reproduce(restored.original("train_elasticnet").info.run_id)
    assert proof.status == 1
    assert not [step for step in proof.found["steps"] if step["reproduced"]]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ("somewhere", "of must be a run id"),
        ("0" * 32, "of must name a run of this store"),
        ("models:/nobody@champion", "of must name a run of this store"),
    ],
)
def test_what_is_no_run_is_said_in_one_line(regression, of, said):
    done = regression.step("reproduce", "--of", of)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert said in line
