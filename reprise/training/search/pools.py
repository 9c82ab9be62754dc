"""The pool that a search works with: of this machine, or of a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

from reprise.runtime.cores import machine_cores
from reprise.training.search.local_pool import _LocalPool
from reprise.training.search.pool import Pool
from reprise.training.search.scheduler import check_scheduler


@contextmanager
def open_pool(workers: int, scheduler: str) -> Iterator[Pool]:
    """A pool of `workers` processes (0: one for every core), or the cluster at `scheduler`."""
    pool: Pool = _LocalPool(workers or machine_cores())
    if scheduler != "local":
        check_scheduler(scheduler)
        from reprise.training.search.dask_pool import DaskPool

        pool = DaskPool(scheduler)
    try:
        yield pool
    except BaseException:
        pool.close(wait=False)
        raise
    pool.close(wait=True)
