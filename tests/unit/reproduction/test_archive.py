"""What a capsule may be: hostile zips and folders are refused in a line, before they are read."""

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.reproduction.capsule.archive import open_archive

MEGABYTE = 1 << 20


def packed(path: Path, *names: str | zipfile.ZipInfo, content: bytes = b"content") -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, content)
    return path


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("runs/link")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((link(),), "link or a device"),
        (("../outside",), "'../outside'"),
        (("/etc/cron.d/x",), "'/etc/cron.d/x'"),
        (("runs/../../x",), "'runs/../../x'"),
        (("runs/./x",), "'runs/./x'"),
        (("runs//x",), "'runs//x'"),
        (("..\\x",), "names of files inside it"),
        (("runs/a\nb",), "names of files inside it"),
        (("runs/" + "x" * 300,), "names of files inside it"),
        (("../", "x"), "'../'"),
        (("runs/Model", "runs/model"), "'runs/Model' and 'runs/model'"),
        (("runs/\u00e9", "runs/e\u0301"), "names that differ"),
        (("runs", "runs/model"), "names that differ"),
        (("RUNS/a", "runs/b"), "names that differ"),
    ],
)
def test_names_that_lead_elsewhere_or_fall_together_are_refused(tmp_path, names, said):
    path = packed(tmp_path / "x.zip", *names)
    with pytest.raises(RepriseError, match="a capsule must have") as refused, open_archive(path):
        pass
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path):
    path = packed(tmp_path / "x.zip", "capsule.json", "capsule.json")
    with pytest.raises(RepriseError, match=r"'capsule\.json' twice"), open_archive(path):
        pass


def test_a_bomb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("capsule.json", bytes(32 * MEGABYTE))
    with pytest.raises(RepriseError, match="at most 100 times its size"), open_archive(path):
        pass


def test_members_that_lie_over_each_other_are_refused(tmp_path):
    path = packed(tmp_path / "x.zip", *(f"m{n:04}" for n in range(500)), content=bytes(MEGABYTE))
    with zipfile.ZipFile(path) as file:
        infos, start = file.infolist(), file.start_dir
    central = path.read_bytes()[start:]
    for info in infos[1:]:  # every one where the first is
        central = central.replace(struct.pack("<L", info.header_offset), bytes(4), 1)
    path.write_bytes(path.read_bytes()[: infos[1].header_offset] + central)
    end = bytearray(path.read_bytes())
    end[-6:-2] = struct.pack("<L", infos[1].header_offset)
    path.write_bytes(bytes(end))
    with pytest.raises(RepriseError, match=r"524,288,000 bytes in"), open_archive(path):
        pass


def test_more_than_the_disk_has_room_for_is_refused(tmp_path, monkeypatch):
    path = packed(tmp_path / "x.zip", "a")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 3}))
    with pytest.raises(RepriseError, match="that the disk has room for"), open_archive(path):
        pass


def test_what_is_packed_in_another_way_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a", "content")
    with pytest.raises(RepriseError, match="stored or deflated"), open_archive(path):
        pass


def test_what_has_more_or_less_than_it_declares_or_other_bytes_is_damaged(tmp_path):
    path = packed(tmp_path / "x.zip", "a", "b", content=b"the content")
    for at, value in ((b"the content", b"the CONTENT"),):
        path.write_bytes(path.read_bytes().replace(at, value, 1))
    with open_archive(path) as archive:
        assert archive.copy("a") is None
        assert archive.copy("b") is not None
        assert archive.read("b", 100) == b"the content"
        assert archive.read("c", 100) is None
        with pytest.raises(RepriseError, match="11 bytes"):
            archive.read("b", 5)
    # The directory says 4 bytes, of a member that holds 11.
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<L", 4)
    path.write_bytes(bytes(content))
    with open_archive(path) as archive:
        assert archive.sizes["b"] == 4
        assert archive.copy("b") is None


def test_folders_of_a_zip_that_a_person_has_packed_anew_are_nothing(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("runs/", b"")
        file.writestr("runs/a", b"content")
    with open_archive(path) as archive:
        assert dict(archive.sizes) == {"runs/a": 7}


def test_what_is_no_zip_is_called_none(tmp_path):
    for name, content in (("a.zip", b"no zip"), ("b.zip", b"")):
        (tmp_path / name).write_bytes(content)
        with (
            pytest.raises(RepriseError, match="must be a zip that `export` has written"),
            open_archive(tmp_path / name),
        ):
            pass


def test_a_folder_with_a_link_is_refused_and_one_without_is_read(tmp_path):
    folder = tmp_path / "unpacked"
    (folder / "runs").mkdir(parents=True)
    (folder / "runs" / "a").write_bytes(b"content")
    with open_archive(folder) as archive:
        assert archive.read("runs/a", 10) == b"content"
    (folder / "runs" / "b").symlink_to("/etc/passwd")
    with pytest.raises(RepriseError, match="'runs/b', which is a link"), open_archive(folder):
        pass
    (folder / "runs" / "b").unlink()
    (folder / "elsewhere").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(RepriseError, match="'elsewhere', which is a link"), open_archive(folder):
        pass
