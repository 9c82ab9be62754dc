"""Trials on an existing Dask cluster, whose workers are sent the code of the search."""

import asyncio
import pickle
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import cloudpickle
from distributed import Client, Future, KilledWorker, TimeoutError
from distributed.comm.core import connect

from reprise.errors import RepriseError
from reprise.models.families import FAMILIES
from reprise.provenance.code import file_of, reachable_source
from reprise.provenance.environment import read_lock, unlike_lock
from reprise.provenance.kernels import chosen_kernels
from reprise.runtime.level import as_arguments
from reprise.runtime.pinned_code import LOCK
from reprise.training.search import dask_code
from reprise.training.search.dask_code import Lease, SearchCode
from reprise.training.search.scheduler import no_scheduler

_CONNECT_SECONDS = 4
_POLL_SECONDS = 1
_ALONE_SECONDS = 60
_MOST_LOSSES = 3


class DaskPool:
    """A pool as `pool.Pool` describes it. Code and data travel once to each worker.

    Dask itself gives what a lost worker was at to another one; where the last one is lost, the
    pool waits for a minute for others to come.
    """

    def __init__(self, scheduler: str) -> None:
        """Raises RepriseError without a scheduler, without workers, and where one is unlike us."""
        self.scheduler = scheduler
        self.code = _code()
        self.call = _caller(self.code.name)
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
                f"start `{_worker(self.scheduler)}` in this project's environment"
            )
        cloudpickle.register_pickle_by_value(dask_code)  # workers have nothing to import it from
        try:
            self.client.register_plugin(Lease(self.code.name, self.client.id))
            self.client.register_plugin(self.code)
        finally:
            cloudpickle.unregister_pickle_by_value(dask_code)
        for address, unlike in self.client.run(_asker(self.code.name)).items():
            if unlike is not None:
                raise self._unlike(f"{unlike} on {address}")

    def _workers(self) -> int:
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def start(self, shared: Any) -> None:
        """Hand `shared` to every worker, once."""
        self.shared = shared
        pickled = (uuid.uuid4().hex, cloudpickle.dumps(shared))
        self.scattered = self.client.scatter([pickled], broadcast=True, hash=False)[0]

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Results of `function(shared, *arguments)` for each of `calls`, in their order."""
        return self._results(function, calls, self._submit(function, calls))

    def _submit(
        self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
    ) -> list[Future[Any]]:
        pickled = [cloudpickle.dumps((function, arguments)) for arguments in calls]
        return [self.client.submit(self.call, self.scattered, each, pure=False) for each in pickled]

    def _results(
        self,
        function: Callable[..., Any],
        calls: Sequence[tuple[Any, ...]],
        futures: list[Future[Any]],
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

    def _wait(self, future: Future[Any]) -> Any:
        alone = 0
        while True:
            try:
                found = future.result(timeout=_POLL_SECONDS)
            except TimeoutError:
                alone = 0 if self._workers() else alone + _POLL_SECONDS
            else:
                if isinstance(found, str):
                    raise self._unlike(found)
                return pickle.loads(found)
            if alone >= _ALONE_SECONDS:
                raise RepriseError(
                    f"the Dask scheduler needs workers, got none at '{self.scheduler}' for "
                    f"{_ALONE_SECONDS} s: start some, and run this again"
                )

    def _unlike(self, what: str) -> RepriseError:
        return RepriseError(
            "Dask workers must have the Python, the packages and the level of this process, got "
            f"{what}: start them in the same environment, by `{_worker(self.scheduler)}`"
        )

    def close(self, wait: bool) -> None:
        """Let go of the cluster; with its client go trials that have not ended, and the code."""
        self.client.close()


def _greet(scheduler: str) -> None:
    """Exchange greetings, for which Dask's client would wait for ever."""

    async def greet() -> None:
        connection = await asyncio.wait_for(connect(scheduler), _CONNECT_SECONDS)
        await connection.close()

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own
        thread.submit(asyncio.run, greet()).result()


def _asker(name: str) -> Callable[..., str | None]:
    """What asks a worker in what it is unlike this process."""

    # Within a function, so that it travels by value.
    def unlike(dask_worker: Any) -> str | None:
        found: str | None = dask_worker.plugins[name].unlike
        return found

    return unlike


def _caller(name: str) -> Callable[[tuple[str, bytes], bytes], bytes | str]:
    """What makes a call on a worker, with the code that it was sent."""

    def call(shared: tuple[str, bytes], pickled: bytes) -> bytes | str:
        from distributed import get_worker

        worker: Any = get_worker()
        found: bytes | str = worker.plugins[name].call(worker.address, shared, pickled)
        return found

    return call


def _worker(scheduler: str) -> str:
    """The command of a worker at the level of this process."""
    return f"env {' '.join(as_arguments())} dask worker {scheduler}"


def _code() -> SearchCode:
    """What a worker needs to measure trials of any family."""
    families = (f"reprise.models.{name}" for name in FAMILIES)
    modules = (
        *("reprise.training.search.fold_scoring", "reprise.provenance.installed"),
        *("reprise.provenance.kernels", *families),
    )
    code = reachable_source(*modules)
    files = {
        file_of(name, code): text.encode("utf-8", "surrogateescape") for name, text in code.items()
    }
    return SearchCode({**files, LOCK: read_lock()}, unlike_lock(), chosen_kernels())
