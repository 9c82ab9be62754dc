"""All entry points behind one command: `python -m steps main --data … --target …`.

`python -m steps run.yaml` takes the entry point and its parameters from a file; more of them may
follow. `reprise`, the command of the wheel, is the same. Without `mlflow run` the runs, their
fingerprints and digests are those that it would give. The side doors of `python -m reprise` open
here too.
"""

import os
import sys
from difflib import get_close_matches

import yaml

from reprise.__main__ import main as open_side_door
from reprise.errors import RepriseError
from reprise.runtime import level
from reprise.runtime.paths import ROOT
from reprise.tracking.contract import CONFIG_VARIABLE
from steps.config_file import read_config
from steps.echo import say

_FILES = (".yaml", ".yml")
_SIDE_DOORS = ("open-store", "stop", "ui", "key")


def main(words: list[str]) -> None:
    """Run an entry point as its own command would, and exit as it does."""
    known = list(yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"])
    name, *arguments = words or ["--help"]
    level.take_on()  # before a step's module imports NumPy
    if name in ("--help", "-h"):
        say(
            f"usage: reprise <entry point or file.yaml> [--parameter value ...]\n\n{_listed(known)}"
        )
        return
    if name in _SIDE_DOORS:
        open_side_door(words)
        return
    try:
        if name.endswith(_FILES):
            name, given, os.environ[CONFIG_VARIABLE] = read_config(name)
            arguments = [*given, *arguments]
        if name not in known:
            close = get_close_matches(name, known, n=1)
            remedy = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
            raise RepriseError(
                f"the entry point must be one of this project, got '{name}': {remedy}"
            )
        options = _as_options(arguments)
    except RepriseError as error:
        say(f"error: {error}", err=True)
        sys.exit(1)
    from steps.command import command_of

    command_of(name).main(options)


def _as_options(words: list[str]) -> list[str]:
    """Arguments as steps take them: `-P name=value`, as `mlflow run` has it, becomes an option."""
    found = []
    remaining = iter(words)
    for word in remaining:
        if word == "-P":
            given = next(remaining, "")
            name, equals, value = given.partition("=")
            if not equals:
                raise RepriseError(f"-P must be followed by name=value, got '{given}': correct it")
            found += [f"--{name}", value]
        else:
            found.append(word)
    return found


def _listed(known: list[str]) -> str:
    doors = ", ".join(_SIDE_DOORS)
    return (
        f"entry points: {', '.join(known)}\nbeside them: {doors}\nparameters: reprise <name> --help"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
