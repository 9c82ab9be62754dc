"""What is recorded of a source is what was read of it, and nothing is read twice without need."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reprise.data import source_file
from reprise.data.raw_table import read_table
from reprise.data.source_file import SourceFile, digested, known_source, take_over
from reprise.errors import RepriseError

OLD, NEW = b"a,b\n1,2\n", b"a,b\n1,3\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch) -> None:
    monkeypatch.setattr(source_file, "_known", {})


@pytest.fixture
def digests(monkeypatch) -> list[str]:
    """The files that were read for their digest."""
    found = []

    def digest(path: Path) -> str:
        found.append(path.name)
        return sha256(path.read_bytes())

    monkeypatch.setattr(source_file, "_digest", digest)
    return found


@pytest.fixture
def table() -> Iterator[Path]:
    """A table that has not changed for an hour."""
    path = Path("table.csv").absolute()
    path.write_bytes(OLD)
    later = source_file.time.time_ns() + 3_600_000_000_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_file.time, "time_ns", lambda: later)
        yield path


def test_a_file_that_stays_as_it_is_is_read_once_for_its_digest(table, digests):
    file = digested(str(table))
    assert file.digest == sha256(OLD)
    assert digested(str(table)) is file
    file.confirm()
    take_over(SourceFile.of_json(file.to_json()))  # as another process would
    assert digested(str(table)) == file
    assert digests == ["table.csv"]


def replace(path: Path) -> None:
    Path("other.csv").write_bytes(NEW)
    Path("other.csv").replace(path)


def rewrite(path: Path) -> None:
    """In place, of the same length, with its old time put back."""
    before = path.stat()
    path.write_bytes(NEW)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [replace, rewrite, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_refused(table, change):
    file = digested(str(table))
    change(table)
    with pytest.raises(RepriseError, match="data must stay as it is while it is read, got '/"):
        file.confirm()


@pytest.mark.parametrize("change", [replace, rewrite])
def test_a_file_that_has_changed_since_has_the_digest_of_what_it_is_now(table, change):
    assert digested(str(table)).digest == sha256(OLD)
    change(table)
    assert digested(str(table)).digest == sha256(NEW)


def test_a_file_that_was_only_touched_is_the_same(table, digests):
    file = digested(str(table))
    table.touch()
    file.confirm()
    assert digests == ["table.csv"] * 2


def test_a_file_that_was_written_a_moment_ago_is_read_again_for_times_are_coarse(digests):
    Path("fresh.csv").write_bytes(OLD)
    file = digested("fresh.csv")
    file.confirm()
    assert digests == ["fresh.csv"] * 2


def test_a_download_is_handed_over_and_not_repeated(tmp_path):
    """Nothing answers at that address."""
    (tmp_path / "download").write_bytes(OLD)
    url = "http://127.0.0.1:1/table.csv"
    take_over(SourceFile(url, str(tmp_path / "download"), sha256(OLD), (), 0))
    assert known_source(url).digest == digested(url).digest == sha256(OLD)
    assert read_table(url).to_dict("list") == {"a": [1], "b": [2]}
    digested(url).confirm()


def test_a_table_of_scikit_learn_has_the_digest_of_its_name():
    file = digested("sklearn:iris")
    assert file.digest == sha256(b"sklearn:iris")
    file.confirm()


@pytest.fixture
def folder(table) -> Path:
    """Two parts, an hour old, and what a cluster leaves."""
    for name in ("c=1/a", "c=2/b", "_SUCCESS"):
        path = Path("t", name).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(OLD)
    return Path("t").absolute()


def add_part(folder: Path) -> None:
    (folder / "c=1/b").write_bytes(OLD)


def rename_part(folder: Path) -> None:
    (folder / "c=1/a").rename(folder / "c=2/a")


def rewrite_part(folder: Path) -> None:
    rewrite(folder / "c=2/b")


def remove_part(folder: Path) -> None:
    (folder / "c=2/b").unlink()


@pytest.mark.parametrize("source", ["t", "t/c=*/?"])
@pytest.mark.parametrize("change", [add_part, rename_part, rewrite_part, remove_part])
def test_a_folder_has_the_digest_of_the_names_and_bytes_of_all_its_parts(folder, change, source):
    file = digested(source)
    assert digested(source) is file
    file.confirm()
    change(folder)
    with pytest.raises(RepriseError, match="must stay as it is while it is read, got"):
        file.confirm()
    assert digested(source).digest != file.digest


def test_what_is_no_part_of_a_folder_does_not_count(folder):
    file = digested("t")
    (folder / "_SUCCESS").write_bytes(NEW)
    (folder / "_metadata").write_bytes(NEW)
    file.confirm()
    assert digested("t") is file
    folder.rename("elsewhere")
    assert digested("elsewhere").digest == file.digest
