"""A capsule is written the same each time, and never over something else."""

import zipfile

import pytest

from reprise.errors import RepriseError
from reprise.reproduction.capsule.new_archive import check_output, write_archive


def test_the_same_members_give_the_same_bytes(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    members = {"index.html": b"page", "runs/a": file}
    first = write_archive(tmp_path / "a.zip", members)
    file.touch()
    assert write_archive(tmp_path / "b.zip", members) == first
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == ["index.html", "runs/a"]
        assert archive.read("runs/a") == b"content"
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == ["a.zip", "b.zip"]


def test_what_is_there_already_stays_unless_it_is_the_same(tmp_path):
    path = tmp_path / "a.zip"
    digest = write_archive(path, {"a": b"1"})
    assert write_archive(path, {"a": b"1"}) == digest
    before = path.read_bytes()
    with pytest.raises(RepriseError, match="which is there and is another"):
        write_archive(path, {"a": b"2"})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []


def test_an_end_in_the_middle_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_archive(tmp_path / "a.zip", {"a": b"1", "b": tmp_path / "gone"})
    assert list(tmp_path.glob("*a.zip*")) == []


@pytest.mark.parametrize("name", ["capsule.tar", "missing/a.zip", "folder.zip", "link.zip"])
def test_a_place_where_no_capsule_can_be_written_is_refused(tmp_path, name):
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "link.zip").symlink_to(tmp_path / "elsewhere.zip")
    with pytest.raises(RepriseError, match="output must"):
        check_output(str(tmp_path / name))
