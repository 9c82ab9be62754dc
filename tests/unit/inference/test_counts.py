"""Counts of several processes: they add up, and none is lost with a process that dies."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from reprise.inference.counts import Counts
from reprise.runtime.paths import ROOT

# Adds to its counts, and dies of SIGKILL, so that nothing is tidied up.
ADDING = """
import os, signal, sys
from pathlib import Path
from reprise.inference.counts import Counts
counts = Counts(3, Path(sys.argv[1]))
counts.add(0, 2, by=float(sys.argv[2]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def folder(of: Path) -> Path:
    made = of / "counts"
    made.mkdir()
    return made


def test_threads_lose_no_count():
    counts = Counts(4)
    with ThreadPoolExecutor(4) as threads:
        for _ in range(4):
            threads.submit(lambda: [counts.add(1, 3) for _ in range(5000)])
    assert counts.total().tolist() == [0, 20_000, 0, 20_000]
    counts.add_from(1, np.array([1.0, 2.0]))
    assert counts.total().tolist() == [0, 20_001, 2, 20_000]


def test_processes_add_up_and_what_a_dead_one_has_counted_stays(tmp_path):
    here = Counts(3, folder(tmp_path))
    here.add(0)
    for by in ("2", "30", "400"):
        dead = subprocess.run(
            [sys.executable, "-c", ADDING, str(tmp_path / "counts"), by], cwd=ROOT, check=False
        )
        assert dead.returncode == -9
        assert here.total()[2] > 0
    assert here.total().tolist() == [433, 0, 432]
    # Each took the place of the one before.
    assert sorted(path.name for path in (tmp_path / "counts").iterdir()) == ["0", "1"]


def test_a_process_that_has_only_just_made_its_file_counts_as_nothing(tmp_path):
    here = Counts(3, folder(tmp_path))
    (tmp_path / "counts" / "7").touch()
    here.add(2)
    assert here.total().tolist() == [0, 0, 1]
