"""Folders and patterns in a bucket, behind a real S3 server."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from reprise.data.raw_table import open_table, read_table
from reprise.data.source_file import digest_source, digested
from reprise.errors import RepriseError
from tests.servers.processes import free_port, listens, running

pytestmark = pytest.mark.slow

FRAME = pd.DataFrame({"a": range(6), "b": [0.5, None, 2.5] * 2, "c": list("xxyyzz")})


@pytest.fixture
def bucket(s3_at: Callable[[str], None]) -> Iterator[Path]:
    """The folder of a bucket called `lake`."""
    port = free_port()
    s3_at(f"http://127.0.0.1:{port}")
    Path("served/lake").mkdir(parents=True)
    rclone = Path(sys.executable).parent / "rclone"
    where = ["--addr", f"127.0.0.1:{port}", "--auth-key", "key,secret", "--vfs-cache-mode", "off"]
    with running([rclone, "serve", "s3", *where, "served"], lambda: listens(port), Path("s3.log")):
        yield Path("served/lake")


def test_a_folder_in_a_bucket_is_the_folder_that_lies_here(bucket):
    FRAME.to_parquet("here", partition_cols=["c"])
    Path("here/_SUCCESS").touch()
    Path("here").rename(bucket / "prices")
    here = open_table(str(bucket / "prices"))
    for url in ("s3://lake/prices", "s3://lake/prices/"):
        there = open_table(url)
        assert there.reading == here.reading
        assert there.reading["files left out"] == "_SUCCESS"
        pd.testing.assert_frame_equal(read_table(url), read_table(str(bucket / "prices")))
        assert digest_source(url) == digest_source(str(bucket / "prices"))
        digested(url).confirm()


def test_a_pattern_in_a_bucket_stands_for_the_files_that_it_fits(bucket):
    for number in range(3):
        FRAME[number::3].to_parquet(bucket / f"part-{number}.parquet", index=False)
    Path(bucket / "notes.txt").write_text("no part")
    assert read_table("s3://lake/part-*.parquet")["a"].tolist() == [0, 3, 1, 4, 2, 5]
    assert read_table("s3://lake/part-[02].parquet")["a"].tolist() == [0, 3, 2, 5]
    assert read_table("s3://lake/part-1.parquet")["a"].tolist() == [1, 4]
    with pytest.raises(RepriseError, match=r"'s3://lake/x-\*', which has nothing: check the path"):
        read_table("s3://lake/x-*")
    with pytest.raises(RepriseError, match=r"must be Parquet, got 'notes\.txt' in 's3://lake'"):
        read_table("s3://lake")


def test_a_delta_table_in_a_bucket_is_read_at_its_version(bucket):
    write_deltalake(bucket / "lake", pa.Table.from_pandas(FRAME))
    write_deltalake(bucket / "lake", pa.Table.from_pandas(FRAME), mode="append")
    assert len(read_table("delta:s3://lake/lake@0")) == 6
    assert open_table("delta:s3://lake/lake").reading == {"source_version": "1"}
    assert digest_source("delta:s3://lake/lake") == digest_source(f"delta:{bucket}/lake")
    with pytest.raises(RepriseError, match=r"Delta table and a version .*got 'delta:s3://lake/no'"):
        read_table("delta:s3://lake/no")


def test_a_sheet_of_a_workbook_in_a_bucket_is_named_as_here(bucket):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("two")
    for row in (["a"], [1], [2]):
        sheet.append(row)
    book.save(bucket / "book.xlsx")
    assert read_table("s3://lake/book.xlsx#two")["a"].tolist() == [1, 2]
