"""Runs the graph: each step in a process of its own, side by side where they can."""

import multiprocessing.connection
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import Run

from reprise.data.inputs import Inputs, known_inputs
from reprise.data.read_options import NO_QUERY
from reprise.pipeline.cache import find, stand_in
from reprise.pipeline.outcome import Event, Outcome
from reprise.pipeline.processes import MlflowProcess, StepProcess, WarmProcess
from reprise.pipeline.running_step import RunningStep
from reprise.pipeline.step import Step
from reprise.provenance.fingerprint import log_fingerprint
from reprise.provenance.handed_source import hand_on
from reprise.provenance.record import source_tags
from reprise.provenance.source import Source
from reprise.runtime.cores import machine_cores
from reprise.runtime.fork_client import ServerSettings
from reprise.runtime.scratch import scratch
from reprise.tracking.parameter_roles import Parse
from reprise.tracking.runs import create_project_run
from reprise.tracking.step_context import StepContext

_GRACE_SECONDS = 2.5
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Execution:
    """How steps are run: the function that a forked job calls, or `mlflow run` where it is None.

    The function (`module:name`) is given entry point, arguments and context (`StepContext`) as
    JSON values. `server` forks the jobs. `workers` are processes at once (0: one for every core),
    `cache` is use, refresh or off. `source` is that of the code, for the steps to record.
    """

    function: str | None
    server: ServerSettings
    parse: Parse
    workers: int
    cache: str
    source: Source | None = None


def _turn(step: Step) -> tuple[bool, bool]:
    """Sort key: slow imports first, for they make the longest steps; searches at the end."""
    return step.alone, not step.preload({})


class Runner:
    """Runs steps side by side as children of one parent run."""

    def __init__(self, parent: Run, execution: Execution, show: Callable[[Event], None]) -> None:
        self.parent = parent
        self.execution = execution
        self.workers = execution.workers or machine_cores()
        self.show = show
        self.outcomes: dict[str, Outcome] = {}
        self.running: dict[str, RunningStep] = {}
        self.ahead: dict[str, StepProcess] = {}

    def run(self, steps: Sequence[Step]) -> dict[str, Outcome]:
        """Run every step once what it needs has finished; return the outcomes by entry point.

        A step whose needs failed is skipped; the others go on. Whatever ends this call early ends
        the processes too.
        """
        with scratch() as folder:
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
        finished = self._finished()
        parameters = step.parameters({need: finished[need] for need in step.needs})
        experiment = self.parent.info.experiment_id
        found = find(step, parameters, self.execution.parse, self.execution.cache, experiment)
        if found.run is not None:
            taken = time.perf_counter() - started
            stand_in(self.parent, name, parameters, found.run, taken)
            self._ended(name, Outcome("CACHED", found.run, time.perf_counter() - started))
            return
        run = create_project_run(
            experiment, name, parameters, source_tags(self.parent), self.parent, found.tags
        )
        if found.identity is not None:
            log_fingerprint(run.info.run_id, found.identity)
        process = self.ahead.pop(name, None) or self._process(step)
        noise = self.folder / f"{run.info.run_id}-noise.txt"
        self.running[name] = RunningStep(name, process, run.info.run_id, noise, started)
        read = known_inputs(parameters.get("data", ""), parameters.get("query", NO_QUERY))
        process.start(name, parameters, self._context(run, noise, self._is_alone(waiting), read))
        self.show(Event("started", name, found.reason))
        self._warm_up(waiting)

    def _context(self, run: Run, noise: Path, alone: bool, read: Inputs | None) -> StepContext:
        cores, source = machine_cores(), self.execution.source
        return StepContext(
            run.info.run_id,
            run.info.experiment_id,
            mlflow.get_tracking_uri(),
            self.parent.info.run_id,
            cores if alone else max(1, cores // self.workers),
            str(noise),
            None if read is None else read.to_json(),
            None if source is None else hand_on(source, self.folder),
        )

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
        imports = step.preload(self._finished())
        return WarmProcess(log, self.execution.function, self.execution.server, imports)

    def _finished(self) -> dict[str, Run]:
        return {
            name: outcome.run
            for name, outcome in self.outcomes.items()
            if outcome.run is not None and outcome.succeeded
        }

    def _ended(self, name: str, outcome: Outcome) -> None:
        self.outcomes[name] = outcome
        self.show(Event("ended", name, outcome=outcome))

    def _wait(self) -> None:
        sources = [source for step in self.running.values() for source in step.waitable()]
        multiprocessing.connection.wait(sources, timeout=_POLL_SECONDS)
        for name, step in list(self.running.items()):
            status = step.process.poll()
            for event in step.events():
                self.show(event)
            if status is not None:
                del self.running[name]
                self._ended(name, step.end(status))

    def _skip(self, step: Step) -> None:
        failed = [
            name
            for name in step.needs
            if name in self.outcomes and not self.outcomes[name].succeeded
        ]
        self._ended(step.entry_point, Outcome("SKIPPED", None, 0.0, f"needs {', '.join(failed)}"))

    def _stop(self) -> None:
        for process in self.ahead.values():
            process.kill()
        for step in self.running.values():
            step.process.interrupt()
        deadline = time.monotonic() + _GRACE_SECONDS
        for step in self.running.values():
            step.kill(deadline)
