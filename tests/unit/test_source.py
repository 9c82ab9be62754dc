"""The commit of the code and what differs from it."""

import subprocess
from pathlib import Path

import pytest

from reprise.lineage.source import Source, read_source


def git(root: Path, *arguments: str, stdin: bytes | None = None) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, input=stdin
    )
    return done.stdout.decode()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.org")
    root = tmp_path / "check out"
    (root / "reprise").mkdir(parents=True)
    (root / "reprise" / "code.py").write_text("one = 1\ntwo = 2\n")
    (root / "reprise" / "gone.py").write_text("gone = True\n")
    (root / "reprise" / "data.bin").write_bytes(bytes(range(256)))
    (root / "README.md").write_text("hello\n")
    (root / ".gitignore").write_text("*.pyc\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def code_of(root: Path) -> dict[str, bytes]:
    folder = root / "reprise"
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def repeated(root: Path, source: Source) -> Path:
    """A clone of `root` at the recorded commit with the recorded diff applied."""
    clone = root.parent / "clone"
    git(root.parent, "clone", "-q", str(root), str(clone))
    git(clone, "checkout", "-q", source.commit or "")
    git(clone, "apply", stdin=source.diff.encode(errors="surrogateescape"))
    return clone


def test_a_clean_checkout_is_its_commit(checkout):
    source = read_source(checkout)
    assert source == Source(git(checkout, "rev-parse", "HEAD").strip(), None, "")
    assert not source.dirty


def test_the_repository_is_where_it_was_cloned_from(checkout):
    git(checkout, "remote", "add", "origin", "https://example.org/reprise.git")
    assert read_source(checkout).repository == "https://example.org/reprise.git"


@pytest.mark.parametrize("name", ["README.md", "tests/test_x.py", "reprise/x.pyc", "mlruns/x"])
def test_changes_that_no_run_depends_on_leave_the_code_clean(checkout, name):
    path = checkout / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed\n")
    assert not read_source(checkout).dirty


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("reprise/code.py", b"one = 1\ntwo = 3\n"),
        ("reprise/code.py", b""),
        ("reprise/code.py", b"no line end"),
        ("reprise/code.py", b"one = 1\r\ntwo = 2\r\n"),
        ("reprise/code.py", "größe = '價格'\n".encode()),
        ("reprise/code.py", "größe = 1\n".encode("latin-1")),
        ("reprise/data.bin", bytes(reversed(range(256)))),
        ("reprise/gone.py", None),
        ("reprise/new.py", b"new = True\n"),
        ("reprise/empty/__init__.py", b""),
        ("reprise/new file's größe.py", b"new = True\n"),
        ("reprise/new.bin", bytes(range(256))),
        ("reprise/new latin.txt", "größe\n".encode("latin-1")),
    ],
)
def test_uncommitted_code_can_be_repeated_from_commit_and_diff(checkout, name, content):
    path = checkout / name
    path.parent.mkdir(exist_ok=True)
    path.unlink() if content is None else path.write_bytes(content)
    source = read_source(checkout)
    assert source.dirty
    assert code_of(repeated(checkout, source)) == code_of(checkout)


def test_staged_and_unstaged_changes_are_one_diff(checkout):
    (checkout / "reprise" / "code.py").write_text("staged = 1\n")
    (checkout / "reprise" / "added.py").write_text("added = 1\n")
    git(checkout, "add", ".")
    (checkout / "reprise" / "code.py").write_text("unstaged = 1\n")
    (checkout / "reprise" / "new.py").write_text("new = 1\n")
    assert code_of(repeated(checkout, read_source(checkout))) == code_of(checkout)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("color.ui", "always"),
        ("diff.external", "/bin/false"),
        ("core.quotePath", "false"),
        ("core.pager", "/bin/false"),
    ],
)
def test_the_diff_does_not_depend_on_how_git_is_set_up(checkout, setting, value):
    (checkout / "reprise" / "code.py").write_text("changed = 1\n")
    (checkout / "reprise" / "größe.py").write_text("new = 1\n")
    before = read_source(checkout)
    git(checkout, "config", setting, value)
    assert read_source(checkout) == before


def test_the_diff_is_the_same_wherever_the_checkout_lies(checkout, tmp_path):
    (checkout / "reprise" / "new.py").write_text("new = 1\n")
    before = read_source(checkout)
    moved = checkout.rename(tmp_path / "moved")
    assert read_source(moved) == before


def test_a_folder_outside_git_has_no_commit(tmp_path):
    assert read_source(tmp_path) == Source(None, None, "")


def test_a_folder_inside_another_repository_has_no_commit_of_its_own(checkout):
    assert read_source(checkout / "reprise") == Source(None, None, "")


def test_a_repository_without_a_commit_has_none(tmp_path):
    git(tmp_path, "init", "-q")
    assert read_source(tmp_path) == Source(None, None, "")
