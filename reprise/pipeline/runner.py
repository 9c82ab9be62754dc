"""Runs the graph: each step in a process of its own, side by side where they can."""

import multiprocessing.connection
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise import noise
from reprise.advance import Advance
from reprise.credentials import hidden
from reprise.lineage.environment import CORES, available_cores
from reprise.lineage.fingerprint import log_fingerprint
from reprise.lineage.owner import ERROR_TAG
from reprise.lineage.runs import PARENT, create_project_run
from reprise.pipeline import earlier
from reprise.pipeline.earlier import Parse
from reprise.pipeline.graph import Step
from reprise.pipeline.processes import MlflowProcess, StepProcess, WarmProcess, exit_reason

LOG = "log.txt"
_GRACE_SECONDS = 2.5
_POLL_SECONDS = 1.0


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
    """Something to show: a step started, wrote a line, got on with its work, or ended."""

    kind: str
    step: str
    line: str = ""
    outcome: Outcome | None = None
    advance: Advance | None = None


@dataclass(frozen=True)
class Execution:
    """How steps are run: the function that a warm job calls, or `mlflow run` where it is None.

    `workers` are processes at once (0: one for every core), `cache` is use, refresh or off.
    """

    function: str | None
    parse: Parse
    workers: int
    cache: str


@dataclass
class _Running:
    process: StepProcess
    run_id: str
    started: float


def _turn(step: Step) -> tuple[bool, bool]:
    """Sort key: slow imports first, for they make the longest steps; searches at the end."""
    return step.alone, not step.preload({})


class Runner:
    """Runs steps side by side as children of one parent run."""

    def __init__(self, parent: Run, execution: Execution, show: Callable[[Event], None]) -> None:
        self.parent = parent
        self.execution = execution
        self.workers = execution.workers or available_cores()
        self.show = show
        self.client = mlflow.MlflowClient()
        self.outcomes: dict[str, Outcome] = {}
        self.running: dict[str, _Running] = {}
        self.ahead: dict[str, StepProcess] = {}

    def run(self, steps: Sequence[Step]) -> dict[str, Outcome]:
        """Run every step once what it needs has finished; return the outcomes by entry point.

        A step whose needs failed is skipped; the others go on. Whatever ends this call early ends
        the processes too.
        """
        with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
            self.folder = Path(folder)
            try:
                self._run_all(list(steps))
            finally:
                self._stop()
        return self.outcomes

    def _run_all(self, waiting: list[Step]) -> None:
        while waiting or self.running:
            for step in sorted(waiting, key=_turn):
                done = [self.outcomes[name] for name in step.needs if name in self.outcomes]
                if not all(outcome.succeeded for outcome in done):
                    waiting.remove(step)
                    self._skip(step)
                elif len(done) == len(step.needs) and self._has_room(step):
                    waiting.remove(step)
                    self._start(step, waiting)
            if self.running:
                self._wait()

    def _has_room(self, step: Step) -> bool:
        return not self.running if step.alone else len(self.running) < self.workers

    def _start(self, step: Step, waiting: Sequence[Step]) -> None:
        name, started = step.entry_point, time.perf_counter()
        runs = {need: self.outcomes[need].run for need in step.needs}
        parameters = step.parameters(runs)
        experiment = self.parent.info.experiment_id
        found = earlier.find(
            step, parameters, self.execution.parse, self.execution.cache, experiment
        )
        if found.run is not None:
            taken = time.perf_counter() - started
            earlier.stand_in(self.parent, name, parameters, found.run, taken)
            self._ended(name, Outcome("CACHED", found.run, time.perf_counter() - started))
            return
        run = create_project_run(experiment, name, parameters, self.parent, found.tags)
        if found.identity is not None:
            log_fingerprint(run.info.run_id, found.identity)
        process = self.ahead.pop(name, None) or self._process(step)
        self.running[name] = _Running(process, run.info.run_id, started)
        process.start(name, parameters, self._environment(run, self._is_alone(waiting)))
        self.show(Event("started", name, found.reason))
        self._warm_up(waiting)

    def _is_alone(self, waiting: Sequence[Step]) -> bool:
        """Whether nothing else runs, or could run, beside the step that has just started."""
        return len(self.running) == 1 and all(
            set(step.needs) - set(self.outcomes) for step in waiting
        )

    def _warm_up(self, waiting: Sequence[Step]) -> None:
        """Once a step has work to do, those after it do too: let their slow imports begin."""
        for step in waiting:
            ahead = step.entry_point in self.ahead
            if not ahead and self.execution.function and step.preload(self._finished()):
                self.ahead[step.entry_point] = self._process(step)

    def _process(self, step: Step) -> StepProcess:
        log = self.folder / f"{step.entry_point}.txt"
        if self.execution.function is None:
            return MlflowProcess(log)
        return WarmProcess(log, self.execution.function, step.preload(self._finished()))

    def _finished(self) -> dict[str, Run]:
        return {name: outcome.run for name, outcome in self.outcomes.items()
                if outcome.run is not None and outcome.succeeded}  # fmt: skip

    def _environment(self, run: Run, alone: bool) -> dict[str, str]:
        cores = available_cores() if alone else max(1, available_cores() // self.workers)
        return {
            "OMP_NUM_THREADS": str(cores),
            **os.environ,
            CORES: str(cores),
            "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
            "MLFLOW_EXPERIMENT_ID": run.info.experiment_id,
            "MLFLOW_RUN_ID": run.info.run_id,
            PARENT: self.parent.info.run_id,
            noise.VARIABLE: str(self._noise(run.info.run_id)),
        }

    def _ended(self, name: str, outcome: Outcome) -> None:
        self.outcomes[name] = outcome
        self.show(Event("ended", name, outcome=outcome))

    def _wait(self) -> None:
        sources: list[Any] = []
        for running in self.running.values():
            sources += [running.process.output, *running.process.waitable()]
        multiprocessing.connection.wait(sources, timeout=_POLL_SECONDS)
        for name, running in list(self.running.items()):
            status = running.process.poll()
            for line in running.process.output.lines():
                advance = Advance.from_line(line)
                kind = "line" if advance is None else "advance"
                self.show(Event(kind, name, line, advance=advance))
            if status is not None:
                del self.running[name]
                self._ended(name, self._outcome(running, status))

    def _noise(self, run_id: str) -> Path:
        """Where what libraries say in a step is kept until it has ended."""
        return self.folder / f"{run_id}-noise.txt"

    def _outcome(self, running: _Running, status: int) -> Outcome:
        seconds, run_id = time.perf_counter() - running.started, running.run_id
        log = running.process.output.log
        running.process.output.close()
        running.process.kill()  # it has ended: this lets go of the line to it
        if log.exists():
            self.client.log_artifact(run_id, str(log.rename(log.with_name(LOG))))
        if self._noise(run_id).exists() and (said := noise.text_of(self._noise(run_id))):
            self.client.log_text(run_id, hidden(said), noise.NAME)
        run = self.client.get_run(run_id)
        if status == 0 and run.info.status == "FINISHED":
            return Outcome("FINISHED", run, seconds)
        error = run.data.tags.get(ERROR_TAG)
        if run.info.status == "RUNNING":
            error = exit_reason(status)
            self.client.set_tag(run_id, ERROR_TAG, error)
            self.client.set_terminated(run_id, "KILLED")
        return Outcome("FAILED", run, seconds, error or f"see {LOG} of run {run_id}")

    def _skip(self, step: Step) -> None:
        failed = [name for name in step.needs
                  if name in self.outcomes and not self.outcomes[name].succeeded]  # fmt: skip
        self._ended(step.entry_point, Outcome("SKIPPED", None, 0.0, f"needs {', '.join(failed)}"))

    def _stop(self) -> None:
        for process in self.ahead.values():
            process.kill()
        for running in self.running.values():
            running.process.interrupt()
        deadline = time.monotonic() + _GRACE_SECONDS
        for running in self.running.values():
            while running.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            running.process.kill()
            if self.client.get_run(running.run_id).info.status == "RUNNING":
                self.client.set_terminated(running.run_id, "KILLED")
