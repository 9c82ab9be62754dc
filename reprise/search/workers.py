"""Processes that work on trials: forked on this machine, or those of a Dask cluster."""

import multiprocessing
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from reprise.errors import RepriseError
from reprise.lineage.environment import available_cores

_MOST_DEATHS = 3
_WATCH_SECONDS = 0.3
_ADDRESS = re.compile(r"tcp://([^\s/:\[\]]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
_ANSWER_SECONDS = 3
_LAST_PORT = 65535
_shared: Any = None


class Pool(Protocol):
    """Where trials run. `function(shared, *arguments)` must not depend on who runs it."""

    def start(self, shared: Any) -> None:
        """Hand `shared` to every worker, once."""

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Results of `function(shared, *arguments)` for each of `calls`, in their order.

        Begins at once. What a worker was at when it died is done again by another; raises
        RepriseError where that does not help.
        """

    def close(self, wait: bool) -> None:
        """End the workers, dropping what has not begun, and without `wait` what has."""


@contextmanager
def open_pool(workers: int, scheduler: str) -> Iterator[Pool]:
    """A pool of `workers` processes (0: one for every core), or the cluster at `scheduler`."""
    pool: Pool = _LocalPool(workers or available_cores())
    if scheduler != "local":
        check_scheduler(scheduler)
        from reprise.search.cluster import DaskPool

        pool = DaskPool(scheduler)
    try:
        yield pool
    except BaseException:
        pool.close(wait=False)
        raise
    pool.close(wait=True)


def check_scheduler(scheduler: str) -> None:
    """Raise RepriseError where `scheduler` is not `local`, and no tcp://host:port that answers."""
    if scheduler == "local":
        return
    address = _ADDRESS.fullmatch(scheduler)
    if not (address and int(address[2]) <= _LAST_PORT):
        raise RepriseError(
            f"scheduler must be local or tcp://host:port, got '{scheduler}': correct the address"
        )
    try:
        socket.create_connection((address[1].strip("[]"), int(address[2])), _ANSWER_SECONDS).close()
    except OSError as error:
        raise no_scheduler(scheduler, error.strerror or str(error)) from None


def no_scheduler(scheduler: str, reason: str) -> RepriseError:
    """The error that there is no Dask scheduler at this address."""
    return RepriseError(
        f"scheduler must be a running Dask scheduler, got '{scheduler}', {reason}: "
        "start `dask scheduler`, or use scheduler=local"
    )


class _LocalPool:
    """Forked processes: imports and data are there at once, without being sent."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.executor: ProcessPoolExecutor | None = None

    def start(self, shared: Any) -> None:
        # TensorFlow's threads do not survive a fork: its computations would wait for them for ever.
        forks = sys.platform == "linux" and "tensorflow" not in sys.modules
        self.shared = shared
        self.executor = ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("fork" if forks else "spawn"),
            initializer=_receive,
            initargs=(shared,),
        )

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        return self._results(function, calls, self._submit(function, calls))

    def _submit(
        self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
    ) -> "list[Future[Any]]":
        if self.executor is None:
            raise RuntimeError("the pool has not been started")
        return [self.executor.submit(_call, function, arguments) for arguments in calls]

    def _results(
        self,
        function: Callable[..., Any],
        calls: Sequence[tuple[Any, ...]],
        futures: "list[Future[Any]]",
    ) -> Iterator[Any]:
        done, deaths = 0, 0
        while done < len(calls):
            try:
                result = futures[done].result()
            except BrokenProcessPool:
                deaths += 1
                if deaths == _MOST_DEATHS:
                    raise RepriseError(
                        f"workers must live, got {deaths} that died at the same trial: "
                        "free memory, or use fewer workers"
                    ) from None
                self.start(self.shared)
                futures[done:] = self._submit(function, calls[done:])
                continue
            yield result
            done, deaths = done + 1, 0

    def close(self, wait: bool) -> None:
        if self.executor is None:
            return
        if not wait:
            for worker in multiprocessing.active_children():
                worker.terminate()
        self.executor.shutdown(wait=wait, cancel_futures=True)


def _receive(shared: Any) -> None:
    global _shared
    _shared = shared
    # Ctrl-C reaches the whole group; the parent alone decides what it means.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ["OMP_NUM_THREADS"] = "1"
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()


def _die_with_parent(parent: int) -> None:
    """End this worker when the step it works for was killed: nobody else would."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(_shared, *arguments)
