"""Which files of a folder are one table, and in which order."""

from pathlib import Path

import pytest

from reprise.data.folders import belongs, check_parts, folder_at, listed, without_copies
from reprise.errors import RepriseError


def written(*names: str, content: str = "") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or name)


def test_parts_come_in_the_order_of_their_names_and_what_a_cluster_leaves_is_none():
    written("t/c=2/b.parquet", "t/c=10/a.parquet", "t/_c=1/x.parquet", "t/a.parquet")
    written("t/_SUCCESS", "t/_metadata", "t/.a.crc", "t/_temporary/0/a.parquet", "t/c=2/.x/y")
    Path("t/empty.parquet").touch()
    folder = folder_at(str(Path("t").absolute()))
    assert folder.parts == ("_c=1/x.parquet", "a.parquet", "c=10/a.parquet", "c=2/b.parquet")
    assert folder.left_out == (
        ".a.crc",
        "_SUCCESS",
        "_metadata",
        "_temporary/0/a.parquet",
        "c=2/.x/y",
        "empty.parquet",
    )
    assert [Path(path).read_text() for path in folder.paths] == [f"t/{one}" for one in folder.parts]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("part-*.parquet", ["part-0.parquet", "part-1.parquet"]),
        ("part-?.parquet", ["part-0.parquet", "part-1.parquet"]),
        ("part-[!0].parquet", ["part-1.parquet"]),
        ("*", ["other.txt", "part-0.parquet", "part-1.parquet"]),
        ("c=*/*.parquet", ["c=1/part-0.parquet"]),
        ("**/part-0.parquet", ["c=1/d/part-0.parquet", "c=1/part-0.parquet", "part-0.parquet"]),
        ("none-*", []),
    ],
)
def test_a_pattern_stands_for_the_files_that_it_fits(pattern, found):
    written("t/part-0.parquet", "t/part-1.parquet", "t/other.txt")
    written("t/c=1/part-0.parquet", "t/c=1/d/part-0.parquet")
    assert list(folder_at(f"{Path.cwd()}/t/{pattern}").parts) == found


def test_a_folder_whose_name_looks_like_a_pattern_is_itself():
    written("t[1]/a.parquet", "t1/b.parquet")
    assert folder_at(f"{Path.cwd()}/t[1]").parts == ("a.parquet",)


def test_copies_beside_each_other_are_read_once_and_those_of_other_partitions_are_rows():
    written("t/c=1/a", "t/c=1/b", "t/c=2/a", content="same")
    written("t/c=1/z", content="else")
    folder, copies = without_copies(folder_at(f"{Path.cwd()}/t"))
    assert folder.parts == ("c=1/a", "c=1/z", "c=2/a")
    assert copies == ["c=1/b"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t/.hidden", "which has only .hidden: check the path"),
        ("t/_delta_log/0.json", "read by its log, got its folder 'T': write data=delta:T"),
    ],
)
def test_what_is_no_folder_of_parts_is_refused(name, message):
    written(name)
    with pytest.raises(RepriseError, match=message):
        check_parts(folder_at(f"{Path.cwd()}/t"), "T")


@pytest.mark.parametrize(
    ("folder", "path", "inside"),
    [
        ("t", "t/c=1/out.parquet", True),
        ("t", "tt/out.parquet", False),
        ("t/part-*.parquet", "t/part-9.parquet", True),
        ("t/part-*.parquet", "t/out.parquet", False),
    ],
)
def test_a_file_belongs_to_a_folder_or_does_not(folder, path, inside):
    Path("t").mkdir()
    assert belongs(Path(path).absolute(), Path(folder).absolute()) == inside


def test_of_many_names_a_few_are_said():
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed([*"abcde"]) == "a, b, c and 2 more"
