"""The code of a search, sent to Dask workers, which need the locked environment and nothing else.

This file itself travels by value, as a plugin that also reaches workers that join later, and
imports nothing of ours. One state of the code is in force in a worker's process at a time. Nothing
of it stays on the cluster when the client of the search is gone, however that ended.
"""

import hashlib
import importlib
import io
import os
import pickle
import platform
import runpy
import shutil
import socket
import sys
import tempfile
import threading
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from distributed import Scheduler, SchedulerPlugin, Worker, WorkerPlugin

_COMPARES = "reprise/provenance/installed.py"
_ASKS = "reprise/provenance/kernels.py"
_LOCK = "requirements.txt"


class SearchCode(WorkerPlugin):
    """Files of this project by path, on every worker.

    `installed` are the packages of this process that are not as the lock among them has it,
    `kernels` those that its libraries have chosen; with the Python version they must be the same on
    a worker. `unlike` says what is not.
    """

    def __init__(
        self, files: Mapping[str, bytes], installed: Sequence[str], kernels: Mapping[str, Any]
    ) -> None:
        self.archive = packed(files)
        self.code = f"reprise-{hashlib.sha256(self.archive).hexdigest()[:16]}"
        self.name = f"{self.code}-{uuid.uuid4().hex}"  # one search ends before another
        self.installed = list(installed)
        self.kernels = dict(kernels)
        self.python = platform.python_version()
        self.home = (socket.gethostname(), os.getpid())
        self.folder = ""
        self.unlike: str | None = "without the code of this search"

    def setup(self, worker: Worker) -> None:
        """Unpack the files on a worker, and compare what it has installed."""
        folder = Path(worker.local_directory) / self.code
        if not folder.exists():
            parent = Path(tempfile.mkdtemp(dir=worker.local_directory))
            with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
                archive.extractall(parent / "code")
            shutil.move(parent / "code", folder)
            parent.rmdir()
        self.folder = str(folder)
        self.unlike = self._unlike()

    def teardown(self, worker: Worker) -> None:
        """Take the files away, unless another search has the same."""
        others = (getattr(plugin, "folder", "") for plugin in worker.plugins.values())
        if self.folder and self.folder not in others:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _unlike(self) -> str | None:
        found = platform.python_version()
        if found != self.python:
            return f"Python {found} there and {self.python} here"
        compare = runpy.run_path(str(Path(self.folder, _COMPARES)))["installed_differences"]
        other = sorted({*compare(Path(self.folder, _LOCK).read_text())} ^ {*self.installed})
        return ", ".join(other) or self._other_kernels()

    def _other_kernels(self) -> str | None:
        ask = runpy.run_path(str(Path(self.folder, _ASKS)))["chosen_kernels"]
        found: dict[str, Any] = ask()
        other = [
            f"{name} {_said(found[name])} there and {_said(kernel)} here"
            for name, kernel in self.kernels.items()
            if found[name] != kernel
        ]
        return f"other kernels: {', '.join(other)}" if other else None

    def call(self, address: str, shared: tuple[str, bytes], call: bytes) -> bytes | str:
        """The pickled result of a pickled (function, arguments); of an unlike worker, what it is.

        The function's first argument is the `shared` one, which is unpickled once.
        """
        if self.unlike is not None:
            return f"{self.unlike} on {address}"
        if self.home == (socket.gethostname(), os.getpid()):  # within the process that searches
            return _call({}, shared, call)
        with _in_force(self.folder) as known:
            return _call(known, shared, call)


def _said(kernel: str | list[str]) -> str:
    return kernel if isinstance(kernel, str) else "/".join(kernel)


class Lease(SchedulerPlugin):
    """Takes the code of a search from the workers, and itself away, when its client has gone."""

    def __init__(self, code: str, client: str) -> None:
        self.name = f"lease-{code}"
        self.code, self.client = code, client

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Part with it where it was ours."""
        if client == self.client:
            scheduler.remove_plugin(self.name)
            scheduler.loop.add_callback(scheduler.unregister_worker_plugin, None, self.code)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Files by path as an archive, the same for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _call(known: dict[str, Any], shared: tuple[str, bytes], call: bytes) -> bytes:
    token, content = shared
    if token not in known:
        known.clear()
        known[token] = pickle.loads(content)
    function, arguments = pickle.loads(call)
    return pickle.dumps(function(known[token], *arguments))


@contextmanager
def _in_force(folder: str) -> Iterator[dict[str, Any]]:
    """Have this project's modules imported from a folder; yields what is kept while that is so.

    Waits until calls that need those of another folder have ended.
    """
    first = SimpleNamespace(changed=threading.Condition(), folder="", calls=0, known={})
    state: Any = sys.modules.setdefault("_reprise_in_force", first)  # type: ignore[arg-type]
    with state.changed:
        state.changed.wait_for(lambda: not state.calls or state.folder == folder)
        if state.folder != folder:
            for name in [*sys.modules]:
                if name.partition(".")[0] in ("reprise", "steps"):
                    del sys.modules[name]
            sys.path[:] = [folder, *(place for place in sys.path if place != state.folder)]
            importlib.invalidate_caches()
            state.folder, state.known = folder, {}
        state.calls += 1
    try:
        yield state.known
    finally:
        with state.changed:
            state.calls -= 1
            state.changed.notify_all()
