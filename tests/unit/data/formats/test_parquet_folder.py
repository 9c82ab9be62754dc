"""Folders of Parquet: partitions are columns, parts become one table, what differs is said."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.data.raw_table import open_table, read_table
from reprise.data.read_options import ReadOptions
from reprise.data.row_stream import open_rows
from reprise.errors import RepriseError


def part(name: str, **columns: object) -> None:
    path = Path("t", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def scored(kinds: dict[str, str], source: str = "t") -> pd.DataFrame:
    return pd.concat([batch.plain(kinds) for batch in open_rows(source).read(list(kinds))])


def test_a_folder_is_one_table_for_training_and_scoring_and_its_partitions_are_columns():
    part("c=north/1.parquet", a=[1, 2], when=["x", "y"])
    part("c=south%2Feast/1.parquet", a=[3], when=["z"])
    Path("t/_SUCCESS").touch()
    raw = open_table("t")
    assert {name: list(raw[name]) for name in raw.columns} == {
        "a": [1, 2, 3],
        "when": ["x", "y", "z"],
        "c": ["north", "north", "south/east"],
    }
    assert raw.rows == 3
    assert raw.reading == {
        "files": "2 of Parquet",
        "from names of folders": "'c'",
        "files left out": "_SUCCESS",
    }
    rows = scored({"a": "number", "c": "text"})
    assert rows["a"].tolist() == [1.0, 2.0, 3.0]
    assert rows["c"].tolist() == ["north", "north", "south/east"]


def test_what_pandas_writes_in_partitions_is_read_back():
    frame = pd.DataFrame({"a": range(9), "b": [0.5, None, 2.5] * 3, "c": list("xyz") * 3})
    frame.to_parquet("t", partition_cols=["c"])
    found = read_table("t").sort_values("a", ignore_index=True)
    pd.testing.assert_frame_equal(found, frame)


@pytest.mark.parametrize(
    ("folders", "values"),
    [
        (["01", "02", "12"], ["01", "02", "12"]),
        (["00501", "10115"], ["00501", "10115"]),
        (["0.5", "2"], [0.5, 2.0]),
        (["true", "false"], [False, True]),
        (["1", "__HIVE_DEFAULT_PARTITION__"], [1, None]),
        (["1", "x"], ["1", "x"]),
    ],
)
def test_partitions_have_the_type_that_a_csv_would_give_them(folders, values):
    for folder in folders:
        part(f"k={folder}/1.parquet", a=[1])
    found = [None if pd.isna(value) else value for value in read_table("t")["k"]]
    assert found == values


def test_a_column_that_the_files_have_is_not_taken_from_the_names_of_folders():
    part("c=1/1.parquet", c=[7, 8])
    assert read_table("t").to_dict("list") == {"c": [7, 8]}


def test_parts_are_unified_and_it_is_said():
    part("1.parquet", a=pa.array([1], pa.int32()), b=["x"])
    part("2.parquet", a=pa.array([2.5]), b=pa.array(["y"]).dictionary_encode(), new=[1])
    part("3.parquet", a=pa.array([None], pa.null()), b=pa.array(["z"], pa.large_string()))
    raw = open_table("t")
    assert raw["a"].tolist()[:2] == [1.0, 2.5]
    assert raw["b"].tolist() == ["x", "y", "z"]
    assert raw["new"].isna().tolist() == [True, False, True]
    assert raw.reading == {
        "files": "3 of Parquet",
        "types of files made one": "'a' (int32, double, null) as double, "
        "'b' (string, large_string) as large_string",
        "not in all files": "'new' missing in 2",
    }
    assert scored({"b": "text", "new": "number"})["b"].tolist() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([1]), pa.array(["x"])),
        (pa.array(["2024-01-01"]), pa.array([1], pa.date32())),
        (pa.array([True]), pa.array([1])),
        (pa.array([1], pa.decimal128(20, 2)), pa.array([0.5])),
    ],
)
def test_types_that_do_not_go_together_are_named_with_file_and_column(one, other):
    part("1.parquet", b=[1], a=one)
    part("k.parquet", b=[1], a=other)
    message = (
        rf"one type a column, got {other.type} for 'a' in 'k.parquet' beside "
        rf"{one.type} in '1.parquet'"
    ).translate({ord(sign): f"\\{sign}" for sign in "()[]"})
    with pytest.raises(RepriseError, match=message):
        open_table("t")


@pytest.mark.parametrize("read", [read_table, lambda source: scored({"a": "number"}, source)])
def test_a_number_that_a_common_type_cannot_hold_is_refused_with_file_and_column(read):
    part("1.parquet", a=[0.5])
    part("2.parquet", a=[2**53 + 1])
    with pytest.raises(RepriseError, match=r"column 'a' of '.*/2\.parquet', which cannot be read"):
        read("t")


def test_files_in_unlike_partitions_are_refused():
    part("c=1/1.parquet", a=[1])
    part("1.parquet", a=[1])
    with pytest.raises(RepriseError, match=r"same partitions, got 'c=1/1\.parquet' beside '1\.p"):
        open_table("t")


def test_other_files_and_damaged_ones_are_named():
    part("1.parquet", a=[1])
    Path("t/notes.txt").write_text("not one of us")
    with pytest.raises(RepriseError, match=r"must be Parquet, got 'notes\.txt' in 't'"):
        open_table("t")
    assert read_table("t/*.parquet").to_dict("list") == {"a": [1]}
    content = Path("t/1.parquet").read_bytes()
    Path("t/2.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(RepriseError, match=r"must be Parquet, got '2\.parquet' in 't/\*\.parquet'"):
        open_table("t/*.parquet")


def test_a_folder_without_rows_is_said_to_have_none_also_to_a_query():
    part("1.parquet", a=pa.array([], pa.int64()))
    for query in ("none", "select a from data"):
        with pytest.raises(RepriseError, match="needs rows and columns, got 0 rows in 't'"):
            open_table("t", asked=ReadOptions(query=query))


def test_copies_are_told():
    part("1.parquet", a=[1])
    part("2.parquet", a=[1])
    raw = open_table("t")
    assert raw.rows == 1
    assert raw.reading["copies of files beside them, not read"] == "2.parquet"


def test_a_wide_or_long_folder_is_scored_in_batches_in_the_order_of_rows():
    for number in range(3):
        part(f"{number}.parquet", a=list(range(number * 70_000, (number + 1) * 70_000)))
    assert scored({"a": "number"})["a"].tolist() == list(range(210_000))


def test_the_reading_can_be_kept_as_json():
    part("1.parquet", a=[1])
    assert json.loads(json.dumps(open_table("t").reading)) == {"files": "1 of Parquet"}
