"""What a search leaves on a cluster of others: nothing, however it ends."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from distributed import LocalCluster

from reprise.runtime.paths import ROOT
from reprise.training.search.dask_pool import DaskPool

KILLED = (
    "import os, sys; from reprise.training.search.dask_pool import DaskPool; "
    "pool = DaskPool(sys.argv[1]); print(pool.code.name, flush=True); os._exit(9)"
)


def there(cluster: LocalCluster) -> list[list[str]]:
    """Whose code is on the cluster, by leases, for those who join, and on the worker."""
    scheduler, (worker,) = cluster.scheduler, cluster.workers.values()
    leases = [name.removeprefix("lease-") for name in scheduler.plugins]
    places = (leases, scheduler.worker_plugins, worker.plugins)
    return [sorted(name for name in names if name.startswith("reprise-")) for names in places]


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.filterwarnings("ignore")
def test_the_code_of_a_search_goes_with_it_also_where_it_was_killed(tmp_path: Path) -> None:
    options = {"protocol": "tcp://", "dashboard_address": ":0", "local_directory": str(tmp_path)}
    with LocalCluster(1, threads_per_worker=1, processes=False, **options) as cluster:
        address = cluster.scheduler_address
        first, second = DaskPool(address), DaskPool(address)
        names = [first.code.name, second.code.name]
        assert there(cluster) == [sorted(names)] * 3
        first.close(wait=True)
        wait_for(lambda: there(cluster) == [names[1:]] * 3)
        (folder,) = tmp_path.rglob("reprise-*")
        assert (folder / "requirements.txt").exists()  # the other has the same files
        command = [sys.executable, "-c", KILLED, address]
        killed = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
        assert (killed.returncode, killed.stdout.startswith("reprise-")) == (9, True), killed.stderr
        wait_for(lambda: there(cluster) == [names[1:]] * 3)
        second.close(wait=True)
        wait_for(lambda: there(cluster) == [[]] * 3 and not folder.exists())
