"""Trials on an existing Dask cluster, whose workers must be able to import this project."""

import asyncio
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from importlib import import_module
from typing import Any

from distributed import Client, Future, KilledWorker, TimeoutError
from distributed.comm import connect

from reprise.errors import RepriseError
from reprise.lineage.changed_environment import lock_difference
from reprise.lineage.code import reachable_code
from reprise.lineage.digests import digest_json
from reprise.lineage.environment import read_lock
from reprise.search.workers import no_scheduler

_CONNECT_SECONDS = 4
_POLL_SECONDS = 1
_ALONE_SECONDS = 60
_MOST_LOSSES = 3


class DaskPool:
    """A pool as `workers.Pool` describes it. The data travels once to each worker.

    Dask itself gives what a lost worker was at to another one; where the last one is lost, the
    pool waits for a minute for others to come.
    """

    def __init__(self, scheduler: str) -> None:
        """Raises RepriseError without a scheduler, without workers, and where one is unlike us."""
        self.scheduler = scheduler
        try:
            _greet(scheduler)
            self.client = Client(scheduler, timeout=_CONNECT_SECONDS)
        # What speaks another protocol is read as the announcement of too large a message.
        except (OSError, MemoryError):
            raise no_scheduler(scheduler, "no answer of one") from None
        try:
            self._check_workers()
        except BaseException:
            self.client.close()
            raise

    def _check_workers(self) -> None:
        if not self._workers():
            raise RepriseError(
                f"the Dask scheduler needs workers, got none at '{self.scheduler}': "
                f"start `PYTHONPATH=. dask worker {self.scheduler}` in this project's folder"
            )
        try:
            self.client.run(import_module, __name__)
        except (ImportError, AttributeError) as error:
            raise RepriseError(
                f"Dask workers must be able to import this project, got {error}: "
                "start them in its folder with PYTHONPATH=. and its environment"
            ) from None
        ours = surroundings()
        for address, theirs in self.client.run(surroundings).items():
            for what, value in ours.items():
                if theirs.get(what) != value:
                    self._refuse(address, what, theirs.get(what), value)

    def _refuse(self, address: str, what: str, theirs: str | None, ours: str) -> None:
        found = f"{theirs} there and {ours} here"
        if what == "lock":
            lock: bytes = self.client.run(read_lock, workers=[address])[address]
            found = lock_difference(lock.decode(), read_lock().decode())
        elif what == "code":
            found = "other code there than here"
        raise RepriseError(
            f"Dask workers must have the {what} of this process, got {found} on {address}: "
            "start it from the same commit with the same environment"
        )

    def _workers(self) -> int:
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def start(self, shared: Any) -> None:
        """Hand `shared` to every worker, once."""
        self.shared = shared
        self.scattered = self.client.scatter(shared, broadcast=True, hash=False)

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Results of `function(shared, *arguments)` for each of `calls`, in their order."""
        return self._results(function, calls, self._submit(function, calls))

    def _submit(
        self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
    ) -> list[Future]:
        return [self.client.submit(function, self.scattered, *call, pure=False) for call in calls]

    def _results(
        self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], futures: list[Future]
    ) -> Iterator[Any]:
        done, losses = 0, 0
        while done < len(calls):
            try:
                result = self._wait(futures[done])
            except KilledWorker as error:
                raise RepriseError(
                    f"workers must live, got several that died at the same trial ({error}): "
                    "give them more memory"
                ) from None
            except CancelledError:
                # The last worker that had the data is gone: those that are there now get it.
                losses += 1
                if losses > _MOST_LOSSES:
                    raise RepriseError(
                        f"workers must live, got {losses} times that all were lost at "
                        f"'{self.scheduler}': look into their logs"
                    ) from None
                self.start(self.shared)
                futures[done:] = self._submit(function, calls[done:])
                continue
            yield result
            done += 1

    def _wait(self, future: Future) -> Any:
        alone = 0
        while True:
            try:
                return future.result(timeout=_POLL_SECONDS)
            except TimeoutError:
                alone = 0 if self._workers() else alone + _POLL_SECONDS
            if alone >= _ALONE_SECONDS:
                raise RepriseError(
                    f"the Dask scheduler needs workers, got none at '{self.scheduler}' for "
                    f"{_ALONE_SECONDS} s: start some, and run this again"
                )

    def close(self, wait: bool) -> None:
        """Let go of the cluster; with its client go the trials that have not ended."""
        self.client.close()


def _greet(scheduler: str) -> None:
    """Exchange greetings, for which Dask's client would wait for ever."""

    async def greet() -> None:
        connection = await asyncio.wait_for(connect(scheduler), _CONNECT_SECONDS)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own
        thread.submit(asyncio.run, greet()).result()


def surroundings() -> dict[str, str]:
    """What must be the same on a worker as here for its trials to be ours."""
    return {
        "Python version": platform.python_version(),
        "lock": digest_json(read_lock().decode()),
        "code": digest_json(reachable_code("reprise.search", "reprise.search.cluster")),
    }
