"""`mlflow run <Git URL>`: whatever the URL and the version, what is recorded is what ran."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.serving import git, git_daemon, git_http, make_repository

from .conftest import Workplace

pytestmark = pytest.mark.slow

EDITED = "reprise/data/preparation.py"


@dataclass(frozen=True)
class Served:
    """A served repository of two commits, the first of them a branch, a tag, and marked."""

    folder: Path
    url: str
    first: str
    second: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    repository = make_repository(folder / "reprise")
    text = (repository / EDITED).read_text()
    commits = []
    for mark in ("first", "second"):
        (repository / EDITED).write_text(f"{text}\n# {mark}\n")
        git(repository, "commit", "--quiet", "-a", "-m", mark)
        commits.append(git(repository, "rev-parse", "HEAD"))
    git(repository, "branch", "old", commits[0])
    git(repository, "tag", "v1", commits[0])
    git(repository, "update-server-info")
    with git_daemon(folder) as url:
        yield Served(folder, f"{url}/reprise", *commits)


def prepared(workplace: Workplace, url: str, *version: str) -> tuple[str, str, str]:
    """(commit, repository, the edited file) that a prepare run from a URL has recorded."""
    done = workplace.call("mlflow", "run", url, "--env-manager", "local", "-e", "prepare", *version)
    assert done.returncode == 0, done.stderr
    run = workplace.runs("prepare")[0]
    assert run.data.tags["reprise.dirty"] == "false"
    code = Path(run.info.artifact_uri.removeprefix("file://")) / "source" / "code.json"
    text = json.loads(code.read_text())["reprise.data.preparation"]
    tags = run.data.tags
    return tags["mlflow.source.git.commit"], tags["mlflow.source.git.repoURL"], text[-10:].strip()


@pytest.mark.parametrize("version", ["old", "v1", "the full SHA"])
def test_a_branch_a_tag_and_a_full_sha_are_recorded_as_the_commit_that_ran(
    workplace, served, version
):
    given = served.first if version == "the full SHA" else version
    commit, repository, text = prepared(workplace, served.url, "-v", given)
    assert (commit, repository) == (served.first, served.url)
    assert text.endswith("# first")


def test_paths_are_those_of_the_folder_where_it_was_typed(workplace, served):
    lines = ["x,z,y", *(f"{n},{n % 7},{n / 8}" for n in range(60))]
    (workplace.folder / "mine.csv").write_text("\n".join(lines) + "\n")
    run = ("mlflow", "run", served.url, "--env-manager", "local")
    given = ("-P", "data=mine.csv", "-P", "target=y", "-P", "models=rf", "-P", "tune_model=none")
    done = workplace.call(*run, *given)
    assert done.returncode == 0, done.stderr
    main = workplace.runs("main")[0]
    origin = json.loads(
        Path(main.info.artifact_uri.removeprefix("file://"), "source", "origin.json").read_text()
    )
    assert origin["parameters"]["data"] == str(workplace.folder / "mine.csv")
    model = ("-e", "score", "-P", "model=models:/reprise@champion")
    done = workplace.call(*run, *model, "-P", "data=mine.csv", "-P", "output=found.csv")
    assert done.returncode == 0, done.stderr
    assert (workplace.folder / "found.csv").is_file()


def test_http_serves_the_project_as_well(workplace, served):
    with git_http(served.folder) as url:
        commit, repository, text = prepared(workplace, f"{url}/reprise")
    assert (commit, repository) == (served.second, f"{url}/reprise")
    assert text.endswith("# second")


@pytest.mark.parametrize("form", ["ssh://git@example.org{}", "git@example.org:{}"])
def test_ssh_serves_the_project_as_well(workplace, served, monkeypatch, tmp_path, form):
    # A stand-in for ssh, without the network: it runs here what it is given to run there.
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift 2; done\nshift\neval "$*"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{ssh} -o BatchMode=yes")
    url = form.format(f"{served.folder}/reprise/.git")
    assert prepared(workplace, url, "-v", "old")[:2] == (served.first, url)


def test_a_champion_is_proved_from_a_clone_elsewhere_in_the_same_store(workplace, served):
    main = ("--env-manager", "local", "-P", "models=elasticnet", "-P", "tune_model=none")
    done = workplace.call("mlflow", "run", served.url, "-v", "old", *main)
    assert done.returncode == 0, done.stderr
    of = ("-e", "reproduce", "--env-manager", "local", "-P", "of=models:/reprise@champion")
    done = workplace.call("mlflow", "run", served.url, *of)
    assert done.returncode == 0, done.stdout + done.stderr
    run = workplace.runs("reproduce")[0]
    assert run.data.tags["reprise.verdict"] == "identical"
    assert run.data.tags["mlflow.source.git.commit"] == served.second
    page = json.loads(
        Path(run.info.artifact_uri.removeprefix("file://"), "reproduction.json").read_text()
    )
    assert any(f"commit {served.first[:12]} from {served.url}" in note for note in page["notes"])
    # The folder that MLflow cloned into goes some day; what was done again stays in the store.
    experiment = workplace.client.get_experiment_by_name("reprise-reproductions")
    assert Path(experiment.artifact_location.removeprefix("file://")).is_relative_to(
        workplace.folder
    )
