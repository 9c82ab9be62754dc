"""reproduce: mains come out identical, from clean trees and from dirty ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import copy_code, git, make_repository

from .prover import FAMILIES, SMALL, TAG, Prover, folder_of, stop

pytestmark = pytest.mark.slow


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
        assert {
            "digest of model",
            "predictions/validation.parquet",
            "metric validation_log_loss",
        } <= compared
    proof = prover.reproduce("models:/reprise@champion")
    assert proof.status == 0, proof.printed + proof.error
    steps = {step["name"]: step for step in proof.found["steps"]}
    assert set(steps) > {"prepare", "test part (version 1)"}
    tested = {each["what"] for each in steps["test part (version 1)"]["comparisons"]}
    assert {"digest of model", "metric test_log_loss", "metric test_accuracy"} <= tested
    version = prover.client.get_model_version_by_alias("reprise", "champion")
    assert version.tags[TAG] == "identical"
    stop(prover)


class Lower(Prover):
    """A workplace whose processor, for all that asks glibc, has no AVX2."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2"}


def test_another_level_of_instructions_is_named_before_anything_else(tmp_path):
    prover, lower = Prover(tmp_path), Lower(tmp_path)
    assert prover.step("main", "--models", "elasticnet", "--tune_model", "none").returncode == 0
    proof = lower.reproduce(prover.original("train_elasticnet").info.run_id)
    assert proof.status == 1, proof.printed + proof.error
    said = "level of instructions: x86-64-v3 then, x86-64-v2 here"
    assert proof.found["reasons"][0].startswith(said)
    assert proof.printed.index(said) < proof.printed.index("prepare: started")
    assert "note: this processor has no AVX2" in proof.printed
    assert 0 < proof.found["largest_difference"]["value"] < 0.01
    # Nothing of the other level is in the cache.
    assert lower.step("main", "--models", "elasticnet", "--tune_model", "none").returncode == 0
    again = lower.runs("train_elasticnet")[0]
    assert "x86-64-v3 -> x86-64-v2" in again.data.tags["reprise.cache_miss"]
    stop(prover)
    stop(lower)


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
    edited.write_text(
        text.replace("import features", "import added, features", 1).replace(
            "features.scaled(options.seed)", "features.scaled(options.seed + added.ONE)"
        )
    )
    (project.code / "reprise" / "models" / "added.py").write_text('"""New."""\n\nONE = 1\n')
    main = ("--models", "elasticnet", "--tune_model", "none")
    assert project.step("main", *main).returncode == 0
    project.git("checkout", "--quiet", ".")
    project.git("clean", "--quiet", "-fd")
    proof = project.reproduce("models:/reprise@champion")
    assert proof.status == 0, proof.printed + proof.error
    assert proof.found["verdict"] == "identical"
    assert any(
        "with source/diff.patch (train_elasticnet, register)" in note
        for note in proof.found["notes"]
    )
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


def test_a_main_of_a_zip_comes_out_identical_from_what_it_has_sealed(tmp_path):
    project = Project(tmp_path)
    copy_code(project.code)
    assert project.step("main", *SMALL).returncode == 0
    main = project.runs("main")[0]
    assert "mlflow.source.git.commit" not in main.data.tags
    every, model = (
        project.code / "reprise" / name for name in ("errors.py", "models/elasticnet.py")
    )
    every.write_text(every.read_text() + "# more\n")
    model.write_text(model.read_text().replace("scaled(options.seed)", "scaled(options.seed + 1)"))
    proof = project.reproduce(main.info.run_id)
    assert proof.status == 0, proof.printed + proof.error
    assert "  code: the sealed source/code.json" in proof.printed
    assert "present checkout" not in proof.printed
    stop(project)
