"""Columns on disk."""

import errno
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from reprise.data.spill import Spill
from reprise.errors import RepriseError


def test_blocks_come_back_in_order_with_their_type():
    spill = Spill()
    for block in ([1.5, None], [], [2.5]):
        spill.append("a", pa.array(block, pa.float64()))
        spill.append(("b", 1), pa.array([str(value) for value in block], pa.large_string()))
    assert [block.to_pylist() for block in spill.blocks("a")] == [[1.5, None], [], [2.5]]
    assert spill.type("a") == pa.float64()
    assert [block.to_pylist() for block in spill.blocks(("b", 1))] == [["1.5", "None"], [], ["2.5"]]
    assert list(spill.blocks("never")) == []


def test_a_slice_is_stored_without_what_is_around_it():
    spill = Spill()
    spill.append("a", pa.array(range(1_000_000)).slice(3, 2))
    assert os.fstat(spill._file.fileno()).st_size < 2000
    assert [block.to_pylist() for block in spill.blocks("a")] == [[3, 4]]


def test_threads_may_write_at_once():
    spill = Spill()

    def write(column: int) -> None:
        for start in range(50):
            spill.append(column, pa.array([column * 1000 + start] * (1 + start)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    for column in range(8):
        firsts = [block[0].as_py() for block in spill.blocks(column)]
        assert firsts == [column * 1000 + start for start in range(50)]


def test_nothing_is_left_when_nobody_holds_it():
    spill = Spill()
    spill.append("a", pa.array([1]))
    descriptor = Path(f"/proc/self/fd/{spill._file.fileno()}")
    if not descriptor.exists():
        pytest.skip("no /proc here")
    del spill
    gc.collect()
    assert not descriptor.exists()


def test_a_full_disk_is_named_with_its_folder_and_the_remedy(monkeypatch):
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(RepriseError, match=r"need room in /.*, got No space left.*TMPDIR"):
        Spill().append("a", pa.array([1]))
