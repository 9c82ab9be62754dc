"""What every step's command does around its work: the run, the record of the code, errors."""

import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from reprise.credentials import hidden, take_out_of_tracking_uri
from reprise.errors import RepriseError
from steps.running import log_identity, log_noise, open_run

_INTERRUPTED = 130
# Set by deploy/kubernetes/job.yaml.
_QUOTED_TWICE = "REPRISE_QUOTED_TWICE"


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
    """

    starts_server = False  # whether it starts the warm server where there is none
    serves = False  # whether it goes on until it is told to end: its stderr is its log
    reusable = True  # whether a later main may take its result for its own

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run the step and exit: 0, 1 after an error, 130 after Ctrl-C."""
        from reprise.warm.client import run_warm

        arguments = _unquoted(sys.argv[1:] if args is None else args)
        take_out_of_tracking_uri()
        if "--help" in arguments:
            super().main(arguments, **extra)
        job = ("steps.command:execute_step", [self.name, arguments])
        try:
            status = None if self.serves else run_warm(*job, start=self.starts_server)
        except RepriseError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(1)
        # Without a warm server the step does its own imports, here.
        sys.exit(self.execute(arguments) if status is None else status)

    def execute(self, arguments: list[str]) -> int:
        """Run the step within its MLflow run; return the exit status."""
        # `mlflow run` passes Ctrl-C on as SIGTERM: both end the run as KILLED.
        from reprise import noise

        signal.signal(signal.SIGTERM, _interrupt)
        _ask_for_quiet()
        if self.serves:
            ended = self._in_run(arguments)
        else:
            with noise.kept() as path:
                ended = self._in_run(arguments)
            log_noise(ended.run_id, path)
        if ended.said:
            click.echo(ended.said, err=True)
        return ended.status

    def parse(self, arguments: list[str]) -> dict[str, Any]:
        """The typed parameters that these arguments and the defaults give.

        Raises RepriseError for a value of the wrong type or range, or an unknown parameter.
        """
        try:
            with self.make_context(self.name, list(arguments)) as context:
                return dict(context.params)
        except click.UsageError as error:
            raise RepriseError(_explained(error, self)) from None

    def _try_to_parse(self, arguments: list[str]) -> tuple[dict[str, Any], RepriseError | None]:
        try:
            return self.parse(arguments), None
        except RepriseError as mistake:
            return {}, mistake

    def _in_run(self, arguments: list[str]) -> "_Ended":
        import mlflow
        from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT

        from reprise.lineage.recording import log_origin
        from reprise.lineage.runs import end_run, is_child
        from reprise.lineage.store import disk_full
        from steps.saying import say_origin

        name = self.name or ""
        parameters, mistake = self._try_to_parse(arguments)
        try:
            run_id = open_run(name, parameters)
        except RepriseError as error:
            return _Ended(1, f"error: {error}")
        try:
            if mistake is not None:
                raise mistake
            asked = mlflow.active_run().data.tags.get(MLFLOW_GIT_COMMIT)
            say_origin(log_origin(name, parameters), asked)
            if self.reusable and not is_child():
                log_identity(name, parameters)
            self.callback(**parameters)  # type: ignore[misc]
        except KeyboardInterrupt:
            return _Ended(_INTERRUPTED, "\n".join([*end_run("KILLED"), "interrupted"]), run_id)
        except Exception as error:
            mistake = error if isinstance(error, RepriseError) else disk_full(error)
            unsaid = end_run("FAILED", str(mistake or f"{type(error).__name__}: {error}")[:5000])
            said = f"error: {mistake}" if mistake else hidden(traceback.format_exc())
            return _Ended(1, "\n".join([*unsaid, said]), run_id)
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


def execute_step(name: str, arguments: list[str]) -> int:
    """Run the command of an entry point in this process; return its exit status."""
    return command_of(name).execute(arguments)


def parse_step(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The typed parameters of an entry point, defaults filled in."""
    arguments = [text for key, value in parameters.items() for text in (f"--{key}", f"{value}")]
    return command_of(name).parse(arguments)


def _unquoted(arguments: Sequence[str]) -> list[str]:
    """The arguments as they were given; MLflow's Kubernetes backend adds quotes that stay.

    Only those of the pod: what it starts is quoted as anywhere.
    """
    if os.environ.pop(_QUOTED_TWICE, None) is None:
        return list(arguments)
    return [word for text in arguments for word in shlex.split(text)]


def _explained(error: click.UsageError, command: click.Command) -> str:
    """A click error as rule, value, remedy."""
    known = [parameter.name or "" for parameter in command.params]
    if isinstance(error, click.NoSuchOption):
        given = error.option_name.lstrip("-")
        close = get_close_matches(given, known, n=1)
        remedy = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
        return f"parameters must be those of {command.name}, got '{given}': {remedy}"
    name = error.param.name if isinstance(error, click.BadParameter) and error.param else None
    if isinstance(error, click.MissingParameter):
        return f"{name} must be given, got nothing: add -P {name}=..."
    return f"{name} {error.message}" if name else error.format_message()


def _ask_for_quiet() -> None:
    """Have MLflow not print what the terminal has no room for."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
