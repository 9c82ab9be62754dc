"""The arguments of a step's command: as they arrive, and what is wrong with them."""

import os
import shlex
from collections.abc import Sequence
from difflib import get_close_matches

import click

from reprise.tracking.contract import QUOTED_TWICE_VARIABLE


def unquoted(arguments: Sequence[str]) -> list[str]:
    """The arguments as they were given; MLflow's Kubernetes backend adds quotes that stay.

    Only those of the pod: what it starts is quoted as anywhere.
    """
    if os.environ.pop(QUOTED_TWICE_VARIABLE, None) is None:
        return list(arguments)
    return [word for text in arguments for word in shlex.split(text)]


def explained(error: click.UsageError, command: click.Command) -> str:
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
