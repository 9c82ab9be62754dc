"""What every step's command does around its work: the run, the record of the code, errors."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from reprise.errors import RepriseError

_INTERRUPTED = 130


class StepCommand(click.Command):
    """A click command that is one MLflow run.

    Under `mlflow run` that run exists already (MLFLOW_RUN_ID); from the plain command line it is
    created. A mistake in the input ends it as FAILED with one line on stderr and in the tag
    `reprise.error`; a defect of ours also prints its traceback.
    """

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run the step and exit: 0, 1 after an error, 130 after Ctrl-C."""
        arguments = list(sys.argv[1:] if args is None else args)
        if "--help" in arguments:
            super().main(arguments, **extra)
        sys.exit(self.execute(arguments))

    def execute(self, arguments: list[str]) -> int:
        """Run the step within its MLflow run; return the exit status."""
        # `mlflow run` passes Ctrl-C on as SIGTERM: both end the run as KILLED.
        signal.signal(signal.SIGTERM, _interrupt)
        _hush()
        try:
            return self._in_run(arguments)
        except RepriseError as error:
            click.echo(f"error: {error}", err=True)
            return 1

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

    def _in_run(self, arguments: list[str]) -> int:
        import mlflow

        from reprise.lineage.runs import ERROR_TAG, log_source
        from reprise.lineage.source import read_source

        name = self.name or ""
        parameters, mistake = self._try_to_parse(arguments)
        _open_run(name, parameters)
        try:
            if mistake is not None:
                raise mistake
            log_source(read_source())
            _log_environment()
            _log_fingerprint(name, parameters)
            self.callback(**parameters)  # type: ignore[misc]
        except RepriseError as error:
            mlflow.set_tag(ERROR_TAG, str(error))
            mlflow.end_run("FAILED")
            raise
        except KeyboardInterrupt:
            mlflow.end_run("KILLED")
            click.echo("interrupted", err=True)
            return _INTERRUPTED
        except Exception as error:
            mlflow.set_tag(ERROR_TAG, f"{type(error).__name__}: {error}"[:5000])
            mlflow.end_run("FAILED")
            traceback.print_exc()
            return 1
        mlflow.end_run("FINISHED")
        return 0


def step(name: str) -> Callable[[Callable[..., None]], StepCommand]:
    """Make a function the command of the entry point `name`."""
    return click.command(name, cls=StepCommand)


def command_of(name: str) -> StepCommand:
    """The command of an entry point."""
    command: StepCommand = import_module(f"steps.{name}").command
    return command


def execute_step(name: str, arguments: list[str]) -> int:
    """Run the command of an entry point in this process; return its exit status."""
    return command_of(name).execute(arguments)


def parse_step(name: str, arguments: list[str]) -> dict[str, Any]:
    """The typed parameters of an entry point, defaults filled in."""
    return command_of(name).parse(arguments)


def _open_run(entry_point: str, parameters: dict[str, Any]) -> None:
    import mlflow

    from reprise.lineage.runs import create_project_run

    try:
        if "MLFLOW_RUN_ID" not in os.environ:
            experiment = mlflow.tracking.fluent._get_experiment_id()
            run = create_project_run(experiment, entry_point, parameters)
            os.environ["MLFLOW_RUN_ID"] = run.info.run_id
        mlflow.start_run()
        mlflow.set_tag("mlflow.runName", entry_point)
    except mlflow.MlflowException as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(
            f"the tracking store must be reachable, got '{mlflow.get_tracking_uri()}', "
            f"failed with {reason}: check MLFLOW_TRACKING_URI"
        ) from None


def _log_environment() -> None:
    import mlflow

    from reprise.lineage.environment import describe_environment

    environment = describe_environment()
    mlflow.log_dict(environment, "environment.json")
    mlflow.set_tag("reprise.lock", environment["lock"])


def _log_fingerprint(name: str, parameters: dict[str, Any]) -> None:
    """Record what the step is, so that a later `main` can reuse its result."""
    import mlflow

    from reprise.lineage import cache, fingerprint

    if name in cache.REUSABLE and os.environ.get(cache.MODE) != "off":
        identity = fingerprint.fingerprint(name, parameters)
        mlflow.set_tag(fingerprint.TAG, identity.digest)
        mlflow.log_dict(identity.to_json(), fingerprint.ARTIFACT)


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


def _hush() -> None:
    """Keep third-party notes that no user can act on out of the terminal."""
    import logging
    import warnings

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    warnings.simplefilter("ignore")
    for name in ("mlflow", "alembic", "optuna", "absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
