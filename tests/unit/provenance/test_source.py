"""The commit of the code and what differs from it."""

import subprocess
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.provenance.source import Source, check_clean, read_commit, read_source


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


def test_changed_and_new_files_are_named(checkout):
    (checkout / "reprise" / "code.py").write_text("changed = 1\n")
    (checkout / "reprise" / "gone.py").unlink()
    (checkout / "reprise" / "new module.py").write_text("new = 1\n")
    source = read_source(checkout)
    assert source.changed == ("reprise/code.py", "reprise/gone.py", "reprise/new module.py")
    assert source.new == ("reprise/new module.py",)
    assert source.strangers == ()


def test_a_change_that_is_staged_and_taken_back_leaves_the_code_clean(checkout):
    before = (checkout / "reprise" / "code.py").read_text()
    (checkout / "reprise" / "code.py").write_text("staged = 1\n")
    git(checkout, "add", ".")
    (checkout / "reprise" / "code.py").write_text(before)
    source = read_source(checkout)
    assert not source.dirty
    assert source.changed == ()


def test_a_data_file_among_the_code_is_recorded_and_named(checkout):
    (checkout / "reprise" / "table.csv").write_text("a,b\n1,2\n")
    source = read_source(checkout)
    assert source.strangers == ("reprise/table.csv",)
    assert code_of(repeated(checkout, source)) == code_of(checkout)


@pytest.mark.parametrize("name", ["reprise/table.csv", "steps/new.py"])
def test_a_new_file_above_the_limit_is_refused_by_name_and_size(checkout, name):
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_bytes(b"x" * 1_200_000)
    with pytest.raises(RepriseError, match=rf"fit into 1 MB, got 1\.2 MB.*'{name}'.*\.gitignore"):
        read_source(checkout, limit=1_000_000)


def test_a_change_above_the_limit_is_refused_by_name_and_size(checkout):
    (checkout / "reprise" / "code.py").write_text("".join(f"x{n} = {n}\n" for n in range(100_000)))
    with pytest.raises(RepriseError, match=r"fit into 1 MB, got 1\.. MB.*'reprise/code\.py'"):
        read_source(checkout, limit=1_000_000)


def test_a_data_file_that_git_ignores_is_no_part_of_the_code(checkout):
    (checkout / ".gitignore").write_text("*.csv\n")
    (checkout / "reprise" / "table.csv").write_bytes(b"x" * 1_200_000)
    assert not read_source(checkout, limit=1_000_000).dirty


def test_a_repository_inside_the_code_is_refused(checkout):
    inner = checkout / "reprise" / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "x.py").write_text("x = 1\n")
    git(inner, "add", ".")
    git(inner, "commit", "-q", "-m", "inner")
    with pytest.raises(RepriseError, match="another in 'reprise/inner/'"):
        read_source(checkout)


def test_a_dirty_tree_is_refused_by_the_names_of_its_files(checkout):
    check_clean(read_source(checkout))
    (checkout / "reprise" / "code.py").write_text("changed = 1\n")
    with pytest.raises(RepriseError, match=r"1 changed file \(reprise/code\.py\): commit"):
        check_clean(read_source(checkout))
    for n in range(7):
        (checkout / "reprise" / f"new{n}.py").write_text("new = 1\n")
    with pytest.raises(RepriseError, match=r"8 changed files .* and 3 more"):
        check_clean(read_source(checkout))


def test_code_outside_git_cannot_be_shown_to_be_clean(tmp_path):
    with pytest.raises(RepriseError, match="a folder without git"):
        check_clean(read_source(tmp_path))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://me:token@example.org/r.git", "https://example.org/r.git"),
        ("https://token@example.org/r.git", "https://example.org/r.git"),
        ("git@example.org:me/r.git", "git@example.org:me/r.git"),
        ("ssh://git@example.org/r.git", "ssh://git@example.org/r.git"),
    ],
)
def test_a_token_in_the_address_of_the_repository_is_not_recorded(checkout, url, kept):
    git(checkout, "remote", "add", "origin", url)
    assert read_source(checkout).repository == kept
    assert read_commit(checkout) == (git(checkout, "rev-parse", "HEAD").strip(), kept)
