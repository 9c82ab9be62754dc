"""Rows that one stored table has and another has not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data import row_diff
from reprise.data.row_diff import RowChange, compare_rows


def stored(folder: Path, **parts: pd.DataFrame) -> dict[str, Path]:
    folder.mkdir()
    for name, part in parts.items():
        part.to_parquet(folder / f"{name}.parquet", index=False)
    return {name: folder / f"{name}.parquet" for name in parts}


def table(count: int = 100) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": random.normal(size=count),
            "text": random.choice(["x", "größe", None], count),
            "date": pd.date_range("2020-01-01", periods=count),
            "flag": random.random(count) < 0.5,
            "id": np.arange(count),
        }
    )


def compared(tmp_path: Path, old: pd.DataFrame, new: pd.DataFrame) -> RowChange:
    return compare_rows(stored(tmp_path / "old", train=old), stored(tmp_path / "new", train=new))


def test_a_table_has_the_rows_of_its_copy_in_any_order(tmp_path):
    shuffled = table().sample(frac=1, random_state=1)
    change = compared(tmp_path, table(), shuffled[list(reversed(shuffled.columns))])
    assert change == RowChange(0, 0)
    assert change.phrases() == []


def test_added_removed_and_changed_rows_are_counted(tmp_path):
    new = pd.concat([table().iloc[5:], table(103).iloc[-3:]], ignore_index=True)
    new.loc[0, "text"] = "changed"
    change = compared(tmp_path, table(), new)
    assert (change.added, change.removed) == (4, 6)
    assert change.phrases() == ["4 rows added, 6 rows removed"]


def test_repeated_rows_count_as_often_as_they_stand_there(tmp_path):
    twice = pd.concat([table(), table().iloc[:1]])
    assert compared(tmp_path, table(), twice).phrases() == ["1 row added"]


def test_rows_of_another_part_have_moved(tmp_path):
    old = stored(tmp_path / "old", train=table().iloc[:60], test=table().iloc[60:])
    new = stored(tmp_path / "new", train=table().iloc[:50], test=table().iloc[50:])
    assert compare_rows(old, new).phrases() == ["10 rows moved to another part"]


def test_tables_with_other_columns_are_compared_by_those_they_share(tmp_path):
    new = pd.concat([table(), table().iloc[:1]]).assign(more=1).drop(columns="flag")
    change = compared(tmp_path, table(), new)
    assert change == RowChange(added=1, removed=0, columns=4)
    assert change.phrases() == ["1 row added, by the 4 columns that both have"]


def test_whole_numbers_are_the_numbers_they_are_in_a_float_column(tmp_path):
    assert compared(tmp_path, table(), table().astype({"id": "float64"})) == RowChange(0, 0)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_where_batches_end_makes_no_difference(tmp_path, monkeypatch, size):
    old = table().assign(gaps=pd.array([1, None] * 50, dtype="Int64"))
    paths = stored(tmp_path / "old", train=old)
    before = compare_rows(paths, stored(tmp_path / "new", train=old.iloc[::-1]))
    monkeypatch.setattr(row_diff, "_BATCH", size)
    after = compare_rows(paths, {"train": tmp_path / "new" / "train.parquet"})
    assert before == after == RowChange(0, 0)


def test_a_missing_whole_number_is_not_zero(tmp_path):
    old = pd.DataFrame({"a": pd.array([0, 1], dtype="Int64")})
    new = pd.DataFrame({"a": pd.array([None, 1], dtype="Int64")})
    assert compared(tmp_path, old, new).phrases() == ["1 row added, 1 row removed"]
