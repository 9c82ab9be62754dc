"""What a change invalidates: for each, exactly the steps that run again, and the reason given."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes

from .conftest import ROOT, Workplace

pytestmark = pytest.mark.slow

CODE = ("MLproject", "python_env.yaml", "requirements.txt", "steps", "reprise")
TRAINS = {"train_elasticnet", "train_rf"}
ALL = {"prepare", *TRAINS, "ensemble", "register"}


class Project(Workplace):
    """A copy of the project that may be changed, a table and a store beside it."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": str(self.code)}

    @property
    def code(self) -> Path:
        return self.folder / "project"

    @property
    def table(self) -> Path:
        return self.folder / "table.csv"

    def ran(self, *arguments: str) -> dict[str, str]:
        """Run main; the steps that were computed, each with the reason why."""
        done = self.step(
            "main",
            "--data",
            str(self.table),
            "--models",
            "elasticnet,rf",
            "--tune_model",
            "none",
            *arguments,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        children = self.children(self.runs("main")[0])
        return {
            name: run.data.tags.get("reprise.cache_miss", "")
            for name, run in children.items()
            if "reprise.cached_from" not in run.data.tags
        }

    def append(self, path: str, text: str) -> None:
        with (self.code / path).open("a") as file:
            file.write(text)

    def winner(self, model_name: str = "reprise") -> str:
        """The entry point of the champion's run."""
        version = self.client.get_model_version_by_alias(model_name, "champion")
        run = self.client.get_run(version.tags["reprise.run"])
        return run.data.tags["mlflow.project.entryPoint"]

    def computed(self, name: str) -> str:
        """The id of the run that the cached ones of an entry point stand for."""
        newest = self.runs(name)[0]
        return newest.data.tags.get("reprise.cached_from", newest.info.run_id)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("matrix"))
    project.code.mkdir()
    for name in CODE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project.code / name)
    load_diabetes(as_frame=True).frame.to_csv(project.table, index=False)
    assert set(project.ran()) == ALL
    yield project
    subprocess.run([sys.executable, "-m", "reprise", "stop"], env=project.environment(), check=True)


def test_nothing_changed(project):
    assert project.ran() == {}


def test_a_file_that_is_only_touched(project):
    os.utime(project.table)
    os.utime(project.code / "reprise" / "data" / "raw_table.py")
    assert project.ran() == {}


def test_a_parameter_spelled_another_way(project):
    assert project.ran("--test_fraction", "2e-1", "--seed", "42.0") == {}


def test_a_parameter_of_the_last_step_alone(project):
    assert project.ran("--gate", "r2>=-10") == {"register": "gate none -> r2>=-10"}


def test_a_parameter_of_every_step(project):
    ran = project.ran("--seed", "43")
    assert set(ran) == ALL
    assert ran["prepare"] == "seed 42 -> 43"
    assert project.ran("--seed", "43") == {}


def test_one_byte_of_the_data(project):
    text = project.table.read_text()
    first = text.index("\n") + 1
    changed = text[:first] + text[first:].replace("1", "2", 1)
    project.table.write_text(changed)
    ran = project.ran()
    assert set(ran) == ALL
    assert ran["prepare"] == "the content of data changed"
    project.table.write_text(text)
    assert set(project.ran()) <= {"register"}  # the registry has changed, nothing else has


def test_data_written_another_way_stops_at_prepare(project):
    project.ran()
    text = project.table.read_text()
    header, _, rows = text.partition("\n")
    lines = [f"{row}00" if "." in row.rpartition(",")[2] else row for row in rows.splitlines()]
    project.table.write_text("\n".join([header, *lines]))
    assert set(project.ran()) == {"prepare"}
    project.table.write_text(text)


def test_a_helper_module(project):
    project.append("reprise/models/features.py", "\n# changed\n")
    ran = project.ran()
    assert set(ran) == {*TRAINS, "register"}  # which fits the winner again
    assert "reprise/models/features.py" in ran["train_rf"]


def test_a_module_of_one_family(project):
    project.append("reprise/models/rf.py", "\n# changed\n")
    assert set(project.ran()) == {"train_rf", "register"}


def test_a_module_that_no_step_reaches(project):
    project.append("reprise/reports/main/main_page.py", "\n# changed\n")
    assert project.ran() == {}


def test_a_template_of_one_page_and_what_a_page_of_every_model_includes(project):
    templates = "reprise/reports/templates"
    project.append(f"{templates}/report.html", "\n")  # of main, which is no step
    assert project.ran() == {}
    project.append(f"{templates}/macros.html", "\n")
    ran = project.ran()
    assert set(ran) == {*TRAINS, "ensemble", "register"}
    assert ran["train_rf"].startswith(f"code: {templates}/macros.html line ")


def test_a_pin_of_the_lock(project):
    lock = project.code / "requirements.txt"
    text = lock.read_text()
    lock.write_text(text.replace("\nclick==", "\nclick==0.", 1))
    ran = project.ran()
    assert set(ran) == ALL
    assert "lock" in ran["prepare"]
    assert "click" in ran["prepare"]
    lock.write_text(text)
    assert project.ran() == {}


def tamper(project: Project, name: str) -> None:
    run = project.client.get_run(project.computed(name))
    model = project.client.get_logged_model(run.data.tags["reprise.model_id"])
    path = Path(model.artifact_location.removeprefix("file://")) / "artifacts" / "pipeline.skops"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def delete(project: Project, name: str) -> None:
    project.client.delete_run(project.computed(name))


def fail(project: Project, name: str) -> None:
    project.client.set_terminated(project.computed(name), "FAILED")


@pytest.mark.parametrize("spoil", [tamper, delete, fail])
def test_an_earlier_run_that_is_spoiled(project, spoil: Callable[[Project, str], None]):
    project.ran()
    loser = next(name for name in sorted(TRAINS) if name != project.winner())
    for run in project.runs(loser):  # every run that could stand in for it
        if "reprise.cached_from" not in run.data.tags and run.info.run_id != project.computed(
            loser
        ):
            project.client.delete_run(run.info.run_id)
    spoil(project, loser)
    ran = project.ran()
    assert set(ran) == {loser}
    if spoil is tamper:
        assert "pipeline.skops was changed" in ran[loser]


def test_a_champion_whose_file_was_tampered_with_is_made_anew(project):
    name = ("--model_name", "other")
    project.ran(*name)
    before = project.client.get_model_version_by_alias("other", "champion")
    tamper(project, "register")
    assert set(project.ran(*name)) == {"register"}
    after = project.client.get_model_version_by_alias("other", "champion")
    assert after.version != before.version
    digest = "reprise.digest.model"
    assert after.tags[digest] == before.tags[digest]
