"""What every step's command does around its work: the run, the record of the code, errors."""

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from reprise.errors import RepriseError, hidden
from reprise.runtime import level
from reprise.runtime.pinned_code import pin
from reprise.tracking.caller import note_folder
from reprise.tracking.contract import (
    CONFIG_VARIABLE,
    SIGNING_KEY_VARIABLE,
    TYPED_IN_VARIABLE,
    WARM_MINUTES_VARIABLE,
)
from reprise.tracking.credentials import take_out_of_tracking_uri
from reprise.tracking.notes import noted
from reprise.tracking.step_context import StepContext, context_of_process
from steps.arguments import explained, unquoted
from steps.echo import say
from steps.parameters import as_recorded
from steps.run import SOURCE, log_identity, log_noise, look_again, open_run

if TYPE_CHECKING:
    from reprise.runtime.fork_client import ServerSettings
    from reprise.runtime.job import Job

_INTERRUPTED = 130
# What a forked job calls.
EXECUTE = "steps.command:execute_step"


@dataclass(frozen=True)
class _Ended:
    """How a step ended: its exit status, what to say on stderr, and its run where it had one."""

    status: int
    said: str
    run_id: str | None = None


class StepCommand(click.Command):
    """A click command that is one MLflow run.

    Under `mlflow run` that run exists already (MLFLOW_RUN_ID); from the plain command line it is
    created. A mistake in the input ends it as FAILED with one line on stderr and in the tag
    `reprise.error`; a defect of ours also prints its traceback.

    It runs in a process forked from the project's warm server where there is one; `main`, whose
    steps need one, starts it.

    All is computed at one level of instructions: where NumPy was loaded before it, it begins again.
    """

    starts_server = False  # whether it starts the warm server where there is none
    serves = False  # whether it goes on until it is told to end: its stderr is its log
    reusable = True  # whether a later main may take its result for its own

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run the step and exit: 0, 1 after an error, 130 after Ctrl-C."""
        from reprise.runtime.fork_client import fork_job, run_job

        if level.take_on() and "numpy" in sys.modules:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        arguments = unquoted(sys.argv[1:] if args is None else args)
        take_out_of_tracking_uri()
        if "--help" in arguments:
            super().main(arguments, **extra)
        context = context_of_process()
        if context is None:
            note_folder()
        work = (self.name or "", arguments, context)
        try:
            with noted():
                job = self._job()
                # Without a fork server the step does its own imports, here.
                if job is None:
                    sys.exit(execute_step(*work))
                sys.exit(run_job(job, EXECUTE, work, lambda: fork_job(server_settings())))
        except RepriseError as error:
            say(f"error: {error}", err=True)
            sys.exit(1)

    def _job(self) -> "Job | None":
        """A job of the fork server; None where the step is to run in this process."""
        from reprise.runtime.fork_client import fork_job, job_if_served

        if self.serves:
            return None
        return (fork_job if self.starts_server else job_if_served)(server_settings())

    def execute(self, arguments: list[str], context: StepContext | None = None) -> int:
        """Run the step within its MLflow run; return the exit status."""
        from reprise.runtime import interrupts, stderr

        interrupts.heed()
        _ask_for_quiet()
        if context is not None:
            context.take_on()
        if self.serves:
            ended = self._in_run(arguments, context)
        else:
            with stderr.kept(Path(context.noise) if context else None) as path:
                ended = self._in_run(arguments, context)
            if context is None:  # main logs it for its steps
                log_noise(ended.run_id, path)
        if ended.said:
            say(ended.said, err=True)
        return ended.status

    def parse(self, arguments: list[str]) -> dict[str, Any]:
        """The typed parameters that these arguments and the defaults give.

        Raises RepriseError for a value of the wrong type or range, or an unknown parameter.
        """
        try:
            with self.make_context(self.name, list(arguments)) as context:
                return dict(context.params)
        except click.UsageError as error:
            raise RepriseError(explained(error, self)) from None

    def _try_to_parse(self, arguments: list[str]) -> tuple[dict[str, Any], RepriseError | None]:
        try:
            return self.parse(arguments), None
        except RepriseError as mistake:
            return {}, mistake

    def _in_run(self, arguments: list[str], context: StepContext | None) -> "_Ended":
        from reprise.tracking.runs import end_run

        try:
            return self._work(arguments, context)
        except KeyboardInterrupt:
            said = "\n".join([*end_run("KILLED"), "interrupted"])
            return _Ended(_INTERRUPTED, said, os.environ.get("MLFLOW_RUN_ID"))

    def _work(self, arguments: list[str], context: StepContext | None) -> "_Ended":
        import mlflow
        from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT

        from reprise.provenance.record import log_origin
        from reprise.runtime import interrupts
        from reprise.tracking.runs import active_run, end_run
        from reprise.tracking.store import disk_full
        from steps.terminal import say_level, say_origin, say_packages

        name = self.name or ""
        parameters, mistake = self._try_to_parse(arguments)
        shown = as_recorded(parameters)
        try:
            run_id = open_run(name, shown, context)
        except RepriseError as error:
            return _Ended(1, f"error: {error}")
        try:
            if mistake is not None:
                raise mistake
            asked = active_run().data.tags.get(MLFLOW_GIT_COMMIT)
            source = log_origin(name, shown, context.source if context else None)
            say_origin(source, None if context else asked)
            if context is None:
                say_packages()
                say_level()
            if self.reusable and context is None:
                log_identity(name, shown)
            with click.Context(self, info_name=name, obj=context) as current:
                current.meta[SOURCE], current.params = source, parameters
                self.callback(**parameters)  # type: ignore[misc]
        except Exception as error:
            if context is None and isinstance(error, RepriseError):
                look_again()
            interrupts.ignore()
            mistake = error if isinstance(error, RepriseError) else disk_full(error)
            unsaid = end_run("FAILED", str(mistake or f"{type(error).__name__}: {error}")[:5000])
            said = f"error: {mistake}" if mistake else hidden(traceback.format_exc())
            return _Ended(1, "\n".join([*unsaid, said]), run_id)
        if context is None:
            look_again()
        interrupts.ignore()
        mlflow.end_run("FINISHED")
        return _Ended(0, "", run_id)


def step(
    name: str, starts_server: bool = False, serves: bool = False, reusable: bool = True
) -> Callable[[Callable[..., None]], StepCommand]:
    """Make a function the command of the entry point `name`."""

    def make(function: Callable[..., None]) -> StepCommand:
        command = click.command(name, cls=StepCommand)(function)
        command.starts_server, command.serves, command.reusable = starts_server, serves, reusable
        return command

    return make


def command_of(name: str) -> StepCommand:
    """The command of an entry point."""
    command: StepCommand = import_module(f"steps.{name}").command
    return command


def execute_step(name: str, arguments: list[str], context: Mapping[str, Any] | None = None) -> int:
    """Run the command of an entry point in this process; return its exit status.

    `context` are the JSON values of a `StepContext` where `main` has started the step.
    """
    pin()
    told = None if context is None else StepContext(**context)
    return command_of(name).execute(arguments, told)


def parse_step(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an entry point as they are recorded, defaults filled in."""
    arguments = [text for key, value in parameters.items() for text in (f"--{key}", f"{value}")]
    return as_recorded(command_of(name).parse(arguments))


def server_settings() -> "ServerSettings":
    """The fork server of this project.

    Raises RepriseError where the variable that people set for it is no number of minutes.
    """
    from reprise.runtime.fork_client import ServerSettings

    given = os.environ.get(WARM_MINUTES_VARIABLE, "5")
    try:
        minutes = float(given)
    except ValueError:
        raise RepriseError(
            f"{WARM_MINUTES_VARIABLE} must be a number of minutes, got '{given}': correct it"
        ) from None
    per_call = (
        *("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_TRACKING_URI"),
        *(SIGNING_KEY_VARIABLE, TYPED_IN_VARIABLE, CONFIG_VARIABLE),
    )
    return ServerSettings("steps.preload:STAGES", minutes, per_call)


def _ask_for_quiet() -> None:
    """Have MLflow not print what the terminal has no room for."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
