"""What a run is called in MLflow: its entry point, and what it was given that tells it apart."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from reprise.errors import hidden
from reprise.tracking.parameter_roles import FROM_STEPS, WITHOUT_EFFECT
from reprise.tracking.project import declared_defaults

_LONGEST = 120
_SHORT_ID = 8
_ID = re.compile(r"\b([0-9a-f]{32})\b")
# Parameters that name an input, and those that decide where or how it is trained.
_UNTOLD = (*FROM_STEPS, *WITHOUT_EFFECT, "seed")


def run_name(entry_point: str, parameters: Mapping[str, Any]) -> str:
    """The name of a run of `entry_point` with these parameters.

    `main: price of houses.csv`, `prepare: houses.csv`, `tune: gbm, 20 trials`,
    `train_rf: n_estimators 500`: of a step that trains, what differs from the defaults.
    """
    given = {name: hidden(str(value)) for name, value in parameters.items()}
    told = _TOLD.get(entry_point, _unlike_defaults)(entry_point, given)
    return f"{entry_point}: {told}"[:_LONGEST] if told else entry_point


def table_name(data: str) -> str:
    """A table's name for people: `houses.csv`, `diabetes`."""
    return PurePosixPath(data.removeprefix("sklearn:").partition("?")[0]).name or data


def _main(_: str, given: Mapping[str, str]) -> str:
    if not {"data", "target"} <= set(given):
        return ""
    return f"{given['target']} of {table_name(given['data'])}"


def _prepare(_: str, given: Mapping[str, str]) -> str:
    return table_name(given.get("data", ""))


def _tune(_: str, given: Mapping[str, str]) -> str:
    return ", ".join(
        text for text in (given.get("model", ""), f"{given.get('trials', '')} trials") if text
    )


def _register(_: str, given: Mapping[str, str]) -> str:
    return given.get("model_name", "")


def _score(_: str, given: Mapping[str, str]) -> str:
    return f"{table_name(given.get('data', ''))} with {given.get('model', '')}"


def _named(_: str, given: Mapping[str, str]) -> str:
    names = [given[name] for name in ("model", "of", "against", "runs") if name in given]
    return _ID.sub(lambda found: found[1][:_SHORT_ID], " and ".join(names).replace(",", " and "))


def _unlike_defaults(entry_point: str, given: Mapping[str, str]) -> str:
    defaults = declared_defaults(entry_point)
    return ", ".join(
        f"{name} {value}"
        for name, value in given.items()
        if name in defaults and name not in _UNTOLD and not _same(value, defaults[name])
    )


def _same(one: str, other: str) -> bool:
    """Whether two texts mean the same: 1e-3 and 0.001 do."""
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


_TOLD = {
    "main": _main,
    "prepare": _prepare,
    "tune": _tune,
    "register": _register,
    "score": _score,
    "watch": _score,
    "serve": _named,
    "explain": _named,
    "compare": _named,
    "reproduce": _named,
}
