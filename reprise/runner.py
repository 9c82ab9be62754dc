"""Runs the graph: each step in a process of its own, forked from a server that is warm already."""

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Metric, Run, RunTag

from reprise.errors import RepriseError
from reprise.lineage import cache
from reprise.lineage.environment import available_cores
from reprise.lineage.fingerprint import TAG, fingerprint
from reprise.lineage.runs import ERROR_TAG, create_project_run
from reprise.pipeline import Step

LOG = "log.txt"
MISS_TAG = "reprise.cache_miss"
_GRACE_SECONDS = 3.0

# Runs an entry point with arguments within the run that the environment names; exit status.
Execute = Callable[[str, list[str]], int]
# The typed parameters of an entry point given arguments, its defaults filled in.
Parse = Callable[[str, list[str]], dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """How a step ended, and why.

    FINISHED, CACHED (`run` is the earlier run), FAILED, or SKIPPED (what it needs has failed).
    """

    status: str
    run: Run | None
    seconds: float
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether steps that need this one can go on."""
        return self.status in ("FINISHED", "CACHED")


@dataclass(frozen=True)
class Event:
    """Something to show: a step started, wrote a line, or ended."""

    kind: str
    step: str
    line: str = ""
    outcome: Outcome | None = None


@dataclass
class _Running:
    process: BaseProcess
    connection: Connection
    log: Path
    run_id: str = ""
    started: float = 0.0
    shown: int = 0


def start_warm_server() -> None:
    """Start the server that step processes are forked from; its imports overlap with ours."""
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload(["reprise.warm"])
    forkserver.ensure_running()


class Runner:
    """Runs steps side by side, at most `workers` at once, as children of one parent run."""

    def __init__(
        self,
        parent: Run,
        workers: int,
        cache_mode: str,
        execute: Execute,
        parse: Parse,
        show: Callable[[Event], None],
    ) -> None:
        self.parent = parent
        self.workers = workers or available_cores()
        self.cache_mode = cache_mode
        self.execute = execute
        self.parse = parse
        self.show = show
        self.context = multiprocessing.get_context("forkserver")
        self.client = mlflow.MlflowClient()
        self.outcomes: dict[str, Outcome] = {}
        self.running: dict[str, _Running] = {}
        self.ahead: dict[str, _Running] = {}

    def run(self, steps: Sequence[Step]) -> dict[str, Outcome]:
        """Run every step once what it needs has finished; return the outcomes by entry point.

        A step whose needs failed is skipped; the others go on. Whatever ends this call early ends
        the processes too.
        """
        with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
            self.folder = Path(folder)
            try:
                for step in steps:
                    if step.preload:
                        self.ahead[step.entry_point] = self._process(step)
                self._run_all(steps)
            finally:
                self._stop()
        return self.outcomes

    def _run_all(self, steps: Sequence[Step]) -> None:
        waiting = list(steps)
        while waiting or self.running:
            for step in list(waiting):
                done = [self.outcomes[name] for name in step.needs if name in self.outcomes]
                if not all(outcome.succeeded for outcome in done):
                    waiting.remove(step)
                    self._skip(step)
                elif len(done) == len(step.needs) and len(self.running) < self.workers:
                    waiting.remove(step)
                    self._start(step, alone=self._is_alone(waiting))
            if self.running:
                self._wait()

    def _is_alone(self, waiting: Sequence[Step]) -> bool:
        """Whether nothing else runs, or could run, beside the step that starts now."""
        return not self.running and all(set(step.needs) - set(self.outcomes) for step in waiting)

    def _start(self, step: Step, alone: bool) -> None:
        name, started = step.entry_point, time.perf_counter()
        runs = {need: self.outcomes[need].run for need in step.needs}
        parameters = step.parameters(runs)
        arguments = [text for key, value in parameters.items() for text in (f"--{key}", str(value))]
        lookup = self._look_up(name, arguments)
        run = create_project_run(self.parent.info.experiment_id, name, parameters, self.parent)
        if lookup is not None and lookup.run is not None:
            self._reuse(name, run, lookup.run, started)
            return
        if lookup is not None:
            self.client.set_tag(run.info.run_id, MISS_TAG, lookup.reason[:5000])
        worker = self.ahead.pop(name, None) or self._process(step)
        worker.run_id, worker.started = run.info.run_id, started
        self.running[name] = worker
        with suppress(OSError):  # a process that has died is found by the next wait
            worker.connection.send((self.execute, name, arguments, self._environment(run, alone)))
        self.show(Event("started", name, lookup.reason if lookup else ""))

    def _environment(self, run: Run, alone: bool) -> dict[str, str]:
        threads = available_cores() if alone else max(1, available_cores() // self.workers)
        return {
            "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
            "MLFLOW_EXPERIMENT_ID": run.info.experiment_id,
            "MLFLOW_RUN_ID": run.info.run_id,
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(threads)),
            cache.MODE: self.cache_mode,
        }

    def _look_up(self, name: str, arguments: list[str]) -> cache.Lookup | None:
        if self.cache_mode != "use" or name not in cache.REUSABLE:
            return None
        try:
            identity = fingerprint(name, self.parse(name, arguments))
        except RepriseError:
            return None  # the step itself will say what is wrong
        return cache.look_up(identity, self.parent.info.experiment_id)

    def _reuse(self, name: str, run: Run, earlier: Run, started: float) -> None:
        """End `run` at once, as a finished child that points to the run it stands for."""
        metrics = [Metric(key, value, 0, 0) for key, value in earlier.data.metrics.items()]
        tags = [RunTag(cache.CACHED_FROM, earlier.info.run_id)]
        tags += [
            RunTag(key, value)
            for key, value in earlier.data.tags.items()
            if key.startswith("reprise.") and key not in (TAG, MISS_TAG, cache.CACHED_FROM)
        ]
        self.client.log_batch(run.info.run_id, metrics=metrics, tags=tags)
        self.client.set_terminated(run.info.run_id, "FINISHED")
        self.outcomes[name] = Outcome("CACHED", earlier, time.perf_counter() - started)
        self.show(Event("ended", name, outcome=self.outcomes[name]))

    def _process(self, step: Step) -> _Running:
        ours, theirs = self.context.Pipe()
        log = self.folder / f"{step.entry_point}.txt"
        process = self.context.Process(
            target=_serve, args=(theirs, log, step.preload), name=step.entry_point
        )
        process.start()
        theirs.close()
        return _Running(process, ours, log)

    def _wait(self) -> None:
        wait([worker.process.sentinel for worker in self.running.values()], timeout=0.2)
        for name, worker in list(self.running.items()):
            self._show_lines(name, worker)
            if worker.process.exitcode is not None:
                del self.running[name]
                self.outcomes[name] = self._outcome(worker)
                self.show(Event("ended", name, outcome=self.outcomes[name]))

    def _show_lines(self, name: str, worker: _Running) -> None:
        if worker.log.exists():
            text = worker.log.read_text(encoding="utf-8", errors="replace")
            lines = text[worker.shown :].splitlines(keepends=True)
            for line in lines:
                if line.endswith("\n"):
                    worker.shown += len(line)
                    self.show(Event("line", name, line.rstrip()))

    def _outcome(self, worker: _Running) -> Outcome:
        seconds = time.perf_counter() - worker.started
        if worker.log.exists() and worker.log.stat().st_size:
            renamed = worker.log.rename(worker.log.with_name(LOG))
            self.client.log_artifact(worker.run_id, str(renamed))
        run = self.client.get_run(worker.run_id)
        if worker.process.exitcode == 0 and run.info.status == "FINISHED":
            return Outcome("FINISHED", run, seconds)
        error = run.data.tags.get(ERROR_TAG)
        if run.info.status == "RUNNING":
            error = f"its process ended with status {worker.process.exitcode}"
            self.client.set_tag(worker.run_id, ERROR_TAG, error)
            self.client.set_terminated(worker.run_id, "KILLED")
        return Outcome("FAILED", run, seconds, error or f"see {LOG} of run {worker.run_id}")

    def _skip(self, step: Step) -> None:
        failed = [name for name in step.needs
                  if name in self.outcomes and not self.outcomes[name].succeeded]  # fmt: skip
        error = f"needs {', '.join(failed)}"
        self.outcomes[step.entry_point] = Outcome("SKIPPED", None, 0.0, error)
        self.show(Event("ended", step.entry_point, outcome=self.outcomes[step.entry_point]))

    def _stop(self) -> None:
        left = [*self.running.values(), *self.ahead.values()]
        for worker in left:
            worker.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in left:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
            if worker.run_id and self.client.get_run(worker.run_id).info.status == "RUNNING":
                self.client.set_terminated(worker.run_id, "KILLED")


def _serve(connection: Connection, log: Path, preload: Sequence[str]) -> None:
    """The life of a step process: import ahead, wait for the job, run it, exit with its status."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    for module in preload:
        __import__(module)
    execute, entry_point, arguments, environment = _receive(connection)
    os.environ.update(environment)
    sys.exit(execute(entry_point, arguments))


def _receive(connection: Connection) -> tuple[Execute, str, list[str], Mapping[str, str]]:
    job: Any = connection.recv()
    return job


def _die_with_parent() -> None:
    """End this process as Ctrl-C would when the one that runs the pipeline is gone."""
    import signal

    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
