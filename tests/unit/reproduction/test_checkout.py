"""The code of a recorded run: had without touching the user's checkout, or said to be missing."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.provenance.record import Origin
from reprise.reproduction import checkout
from reprise.reproduction.checkout import Trees

OLD, NEW = "ONE = 1\n", "ONE = 2\n"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Run:
    """What `Trees` reads of a recorded run."""

    commit: tuple[str, bool | None]
    repository: str | None = None
    text: str = OLD
    entry_point: str = "train_rf"
    id: str = "0" * 32
    code: dict[str, str] | None = None
    project: str | None = None
    lock: str | None = None

    @property
    def origin(self) -> Origin:
        return Origin({}, *self.commit, broken={})

    @property
    def code_digests(self) -> dict[str, str]:
        return {name: sha256(text) for name, text in (self.code or {}).items()}

    @property
    def identity(self) -> dict:
        return {"code": {"steps.train_rf": sha256(self.text)}}


def git(folder: Path, *arguments: str) -> str:
    person = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *person, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Repository:
    """A repository whose present code is not that of its first commit."""

    root: Path
    first: str


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    root = tmp_path / "project"
    (root / "steps").mkdir(parents=True)
    git(root, "init", "--quiet")
    for text in (OLD, NEW):
        (root / "steps" / "train_rf.py").write_text(text)
        git(root, "add", ".")
        git(root, "commit", "--quiet", "-m", "one")
    monkeypatch.setattr(checkout, "ROOT", root)
    return Repository(root, git(root, "rev-parse", "HEAD~1"))


def trees_left(repository: Repository) -> int:
    return len(git(repository.root, "worktree", "list").splitlines()) - 1


def test_an_earlier_commit_is_had_in_a_worktree_that_goes_again(repository):
    with Trees() as trees:
        tree = trees.of(Run((repository.first, False)))
        assert (tree.root / "steps" / "train_rf.py").read_text() == OLD
        assert trees.of(Run((repository.first, False))) is tree
        assert "worktree" in tree.origin
        assert not tree.is_present
    assert not tree.root.exists()
    assert trees_left(repository) == 0
    assert git(repository.root, "status", "--porcelain") == ""
    assert (repository.root / "steps" / "train_rf.py").read_text() == NEW


def fail(repository: Repository) -> None:
    with Trees() as trees:
        trees.of(Run((repository.first, False)))
        raise KeyboardInterrupt


def test_the_worktree_goes_after_an_error_too(repository):
    with pytest.raises(KeyboardInterrupt):
        fail(repository)
    assert trees_left(repository) == 0


def test_hooks_of_the_user_are_not_run(repository, tmp_path):
    hook = repository.root / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    with Trees() as trees:
        trees.of(Run((repository.first, False)))
    assert not (tmp_path / "hooked").exists()


def test_the_diff_of_a_dirty_tree_is_applied(repository, monkeypatch):
    file = repository.root / "steps" / "train_rf.py"
    git(repository.root, "checkout", "--quiet", repository.first)
    file.write_text("ONE = 3\n")
    patch = git(repository.root, "diff") + "\n"
    git(repository.root, "checkout", "--quiet", ".")
    monkeypatch.setattr(checkout, "_patch_of", lambda _: patch.encode())
    with Trees() as trees:
        tree = trees.of(Run((repository.first, True), text="ONE = 3\n"))
        assert (tree.root / "steps" / "train_rf.py").read_text() == "ONE = 3\n"
    assert file.read_text() == OLD


@pytest.mark.parametrize("server", [lambda path: str(path), lambda path: path.as_uri()])
def test_a_commit_that_is_not_here_is_fetched_from_the_recorded_url(
    repository, tmp_path, monkeypatch, server: Callable[[Path], str]
):
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "no checkout")
    url = server(repository.root)
    with Trees() as trees:
        tree = trees.of(Run((repository.first, False), url))
        assert (tree.root / "steps" / "train_rf.py").read_text() == OLD
        assert url in tree.origin
    assert not tree.root.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"commit": ("unknown", None)}, "no commit was recorded"),
        ({"commit": ("1" * 40, False)}, "no URL is recorded"),
        ({"commit": ("1" * 40, False), "repository": "/nowhere"}, "nor at /nowhere"),
        ({"text": NEW + "#"}, "other code than the run in steps.train_rf"),
    ],
)
def test_what_cannot_be_had_is_said_with_what_is_missing(repository, changes, said):
    run = replace(Run((repository.first, False)), **changes)
    with Trees() as trees, pytest.raises(RepriseError) as error:
        trees.of(run)
    assert said in str(error.value)
    assert "the code of train_rf" in str(error.value)
    assert trees_left(repository) == 0


SEALED = {"steps.train_rf": "ONE = 3\n"}


def test_sealed_code_is_written_over_a_commit_that_has_other_code(repository):
    run = Run((repository.first, False), text="ONE = 3\n", code=SEALED)
    with Trees() as trees:
        tree = trees.of(run)
        assert (tree.root / "steps" / "train_rf.py").read_text() == "ONE = 3\n"
        assert tree.origin.endswith("in a worktree of its own, the sealed source/code.json")
        assert trees.of(run) is tree
    assert not tree.root.exists()


@pytest.mark.parametrize("commit", ["unknown", "1" * 40])
def test_sealed_code_stands_alone_where_there_is_no_commit(repository, commit):
    run = Run((commit, False), text="ONE = 3\n", code=SEALED, project="name: x\n", lock="a==1\n")
    with Trees() as trees:
        tree = trees.of(run)
        assert tree.origin == "the sealed source/code.json"
        found = {path.name: path.read_text() for path in tree.root.rglob("*") if path.is_file()}
    expected = {"train_rf.py": "ONE = 3\n", "MLproject": "name: x\n", "requirements.txt": "a==1\n"}
    assert found == {**expected, "python_env.yaml": ""}


@pytest.mark.parametrize(
    "changes",
    [{"project": None}, {"code": {"steps.train_rf": "ONE = 4\n"}}, {"code": {}}, {"code": None}],
)
def test_what_is_sealed_does_not_stand_alone_where_it_is_edited_or_not_whole(repository, changes):
    run = Run(("unknown", None), text="ONE = 3\n", code=SEALED, project="name: x\n", lock="a==1\n")
    with Trees() as trees, pytest.raises(RepriseError, match="no commit was recorded"):
        trees.of(replace(run, **changes))


def test_a_sealed_name_does_not_lead_out_of_the_tree(repository, monkeypatch):
    code = {"../../steps/outside.html": "<p>"}
    digests = {name: sha256(text) for name, text in code.items()}
    monkeypatch.setattr(Run, "identity", {"code": digests})
    run = Run(("unknown", None), code=code, project="name: x\n", lock="a==1\n")
    with Trees() as trees, pytest.raises(RepriseError, match="which is no module"):
        trees.of(run)


def test_worktrees_of_killed_processes_are_forgotten_and_those_of_people_are_not(tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "one")
    folders = {name: tmp_path / name / "code" for name in ("reprise-scratch-x", "own", "there")}
    for folder in folders.values():
        git(repository, "worktree", "add", "--quiet", "--detach", str(folder))
    shutil.rmtree(folders["reprise-scratch-x"].parent)
    shutil.rmtree(folders["own"].parent)
    checkout.forget_worktrees(repository)
    listed = git(repository, "worktree", "list")
    assert [str(folder) in listed for folder in folders.values()] == [False, True, True]


def test_for_a_capsule_git_is_asked_for_nothing(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("git was asked"))
    run = Run(("1" * 40, False), "https://example.org/code")
    with Trees(sealed_only=True) as trees, pytest.raises(RepriseError, match="in the capsule"):
        trees.of(run)
