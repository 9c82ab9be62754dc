"""Processes that work on trials: forked on this machine, or those of a Dask cluster."""

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from threadpoolctl import threadpool_limits

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.runtime.pinned_code import Pinned, pinned_files, take_over

_MOST_DEATHS = 3
_WATCH_SECONDS = 0.3
_shared: Any = None
_unlike: list[str] = []


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
            # What is not forked imports anew.
            initargs=(shared, None if forks else {**pinned_files()}),
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


def _receive(shared: Any, files: Mapping[str, Pinned] | None) -> None:
    global _shared, _unlike
    _shared, _unlike = shared, [] if files is None else take_over(files)
    # Ctrl-C reaches the whole group; the parent alone decides what it means.
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ["OMP_NUM_THREADS"] = "1"
    # A fork inherits none of the threads that the parent computed with, and libgomp waits for them.
    # Set for good, and not within `with`: the worker does nothing else.
    threadpool_limits(1, user_api="openmp")
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()


def _die_with_parent(parent: int) -> None:
    """End this worker when the step it works for was killed: nobody else would."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    if _unlike:
        raise RepriseError(
            f"a worker must have the code that its step has read, got {listed(_unlike)}, changed "
            "since: run main again"
        )
    return function(_shared, *arguments)
