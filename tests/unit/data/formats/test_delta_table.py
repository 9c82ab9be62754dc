"""Delta tables: a version is read as it was, whatever became of the table."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema, write_deltalake

from reprise.data import source_file
from reprise.data.formats import delta_table
from reprise.data.formats.delta_table import at_version, settled, split_version
from reprise.data.raw_table import check_source, open_table, read_table
from reprise.data.read_options import ReadOptions
from reprise.data.row_stream import open_rows
from reprise.data.source_file import SourceFile, digest_source, digested, take_over
from reprise.errors import RepriseError

FIRST = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, None, 2.5], "c": ["x", "y", "x"]})
SECOND = pd.DataFrame({"a": [7], "b": [9.5], "c": ["z"]})


@pytest.fixture(autouse=True)
def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know nothing, as a process that has just begun."""
    monkeypatch.setattr(delta_table, "_versions", {})
    monkeypatch.setattr(source_file, "_known", {})


def write(frame: pd.DataFrame, mode: str = "append", **options: object) -> None:
    write_deltalake("lake", pa.Table.from_pandas(frame), mode=mode, **options)


@pytest.fixture
def lake() -> str:
    write(FIRST, partition_by=["c"])
    return "delta:lake"


def sorted_rows(source: str) -> pd.DataFrame:
    return read_table(source).sort_values("a", ignore_index=True)


def test_a_table_is_read_and_its_version_is_said(lake):
    pd.testing.assert_frame_equal(sorted_rows(lake), FIRST)
    assert open_table(lake).reading == {"source_version": "0"}
    rows = open_rows(lake)
    assert rows.reading == {"source_version": "0"}
    kinds = {"a": "number", "c": "text"}
    plain = pd.concat([batch.plain(kinds) for batch in rows.read(list(kinds))])
    assert sorted(zip(plain["a"], plain["c"], strict=True)) == [(1, "x"), (2, "y"), (3, "x")]


def test_a_query_on_it_keeps_its_version(lake):
    raw = open_table(lake, asked=ReadOptions(query="select a from data where a > 1"))
    assert raw["a"].tolist() == [2, 3] or raw["a"].tolist() == [3, 2]
    assert raw.reading["source_version"] == "0"


@pytest.mark.parametrize("mode", ["append", "overwrite"])
def test_a_version_is_read_after_the_table_has_moved_on(lake, mode):
    before = digest_source(f"{lake}@0"), read_table(f"{lake}@0")
    write(SECOND, mode)
    assert digest_source(f"{lake}@0") == before[0] != digest_source(f"{lake}@1")
    pd.testing.assert_frame_equal(read_table(f"{lake}@0"), before[1])
    assert 7 in read_table(f"{lake}@1")["a"].tolist()


def test_what_a_process_has_begun_to_read_it_reads_to_the_end(lake, monkeypatch):
    file = digested(lake)
    assert file.named == "delta:lake@0"
    write(SECOND)
    assert digested(lake) is file
    file.confirm()
    assert len(read_table(lake)) == 3
    forget(monkeypatch)
    take_over(SourceFile.of_json(file.to_json()))  # as the step that a main starts
    assert digested(lake) == file
    assert len(read_table(lake)) == 3
    forget(monkeypatch)
    assert settled(lake) == "delta:lake@1"
    assert digested(lake).digest != file.digest
    assert len(read_table(lake)) == 4


def test_rows_come_in_one_order_whatever_the_log_has(lake):
    write(FIRST)
    before = read_table(f"{lake}@1")
    assert before["c"].tolist() == ["x"] * 4 + ["y"] * 2  # as the names of files have it
    DeltaTable("lake").create_checkpoint()
    pd.testing.assert_frame_equal(read_table(f"{lake}@1"), before)


def test_columns_that_a_version_has_more_count_for_its_digest(lake):
    before = digest_source(f"{lake}@0")
    new = Schema.from_arrow(pa.schema([("new", pa.int64())]))
    DeltaTable("lake").alter.add_columns(new.fields)
    assert digest_source(f"{lake}@1") != before
    assert read_table(f"{lake}@1")["new"].isna().all()


def test_files_that_a_vacuum_took_are_missed(lake, monkeypatch):
    write(SECOND, "overwrite")
    gone = DeltaTable("lake").vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert gone
    with pytest.raises(RepriseError, match=r"'delta:lake@0', whose files are not all there .*vacu"):
        digested(f"{lake}@0")
    forget(monkeypatch)
    assert len(read_table(lake)) == 1


@pytest.mark.parametrize(
    "source", ["delta:none", "delta:lake@9", "delta:folder", "delta:lake@x", "delta:s3://"]
)
def test_what_is_no_delta_table_is_refused(lake, source):
    Path("folder").mkdir()
    with pytest.raises(RepriseError, match=rf"version of it .*got '{source}' \(.*: check both"):
        digested(source)


def test_deletion_vectors_and_the_like_are_refused_by_name(lake):
    log = Path("lake/_delta_log/00000000000000000001.json")
    features = '"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]'
    log.write_text('{"protocol":{"minReaderVersion":3,"minWriterVersion":7,' + features + "}}\n")
    with pytest.raises(RepriseError, match=r"that Arrow can read, got 'delta:lake@1' .*deletionV"):
        read_table(lake)


def test_without_the_package_the_remedy_is_said(lake, monkeypatch):
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(RepriseError, match="needs the package deltalake, got 'delta:lake' without"):
        read_table(lake)


@pytest.mark.parametrize(
    ("source", "place", "version"),
    [
        ("delta:/t@3", "/t", 3),
        ("delta:/t", "/t", None),
        ("delta:/a@b/t", "/a@b/t", None),
        ("delta:s3://bucket/t@12", "s3://bucket/t", 12),
    ],
)
def test_a_version_is_a_number_behind_the_last_sign(source, place, version):
    assert split_version(source) == (place, version)


def test_a_version_is_given_to_a_delta_table_without_one_only():
    assert at_version("delta:/t", 3) == "delta:/t@3"
    assert at_version("delta:/t@1", 3) == "delta:/t@1"
    assert at_version("delta:/t", None) == "delta:/t"
    assert at_version("/t.csv", 3) == "/t.csv"


def test_a_password_in_the_address_is_refused():
    with pytest.raises(RepriseError, match="must not hold a password") as caught:
        check_source("delta:s3://me:s3cret@bucket/t@3")
    assert "s3cret" not in str(caught.value)


def test_who_reads_a_file_does_not_import_what_only_lakes_need():
    Path("t.csv").write_text("a,b\n1,2\n")
    program = (
        "import sys; from reprise.data.raw_table import read_table; read_table('t.csv');"
        "print([m for m in ('deltalake', 'pyarrow.dataset') if m in sys.modules])"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(root)}, capture_output=True
    )
    assert done.stdout.strip() == b"[]"
