"""Typed parameters, whose errors say rule, value and remedy, and the options that steps share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from reprise.data.split_rule import Split
from reprise.models.families import FAMILIES

if TYPE_CHECKING:
    from reprise.models.family import Family

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Number(click.ParamType[int | float]):
    """A number from `low` to `high`; an int where `whole`. 1e3 and 1000 are the same."""

    name = "number"

    def __init__(self, low: float, high: float, whole: bool = False) -> None:
        self.low, self.high, self.whole = low, high, whole

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | float:
        """The number that `value` spells."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not self.low <= number <= self.high or (self.whole and not number.is_integer()):
            kind = "a whole number" if self.whole else "a number"
            self.fail(
                f"must be {kind} from {_shown(self.low)} to {_shown(self.high)}, "
                f"got '{value}': give one",
                param,
            )
        return int(number) if self.whole else number


class OneOf(click.ParamType[str]):
    """One of a few words."""

    name = "word"

    def __init__(self, *words: str) -> None:
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """`value`, where it is one of the words."""
        if value not in self.words:
            self.fail(f"must be one of {', '.join(self.words)}, got '{value}': choose one", param)
        return str(value)


class Spelled(click.ParamType[Any]):
    """A value that `parse` makes of its text, and that becomes such a text again as `str`.

    `parse` is a name in a module of `reprise`, which is imported when there is a text.
    """

    name = "text"

    def __init__(self, module: str, parse: str) -> None:
        self.module, self.parse = module, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What `value` spells."""
        if not isinstance(value, str):
            return value
        return attrgetter(self.parse)(import_module(f"reprise.{self.module}"))(value)


SOURCE = Spelled("data.typed_paths", "located")
NEW_FILE = Spelled("tracking.caller", "placed")
COLUMNS = Spelled("data.read_options", "Columns.parse")
QUERY = Spelled("data.read_options", "as_query")


def option(name: str, default: Any, kind: Any, help: str) -> Decorator:
    """An option spelled as MLproject spells its parameter; required where `default` is None."""
    settings: dict[str, Any] = {"type": kind, "help": help}
    if default is None:
        settings["required"] = True
    else:
        settings |= {"default": default, "show_default": True}
    return click.option(f"--{name}", name, **settings)


def whole(low: float = 0, high: float = 2**31 - 1) -> Number:
    """A whole number from `low` to `high`."""
    return Number(low, high, whole=True)


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, listed in this order."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for add in reversed(options):
            function = add(function)
        return function

    return decorate


seed = option("seed", 42, whole(0, 2**32 - 1), "seed of everything random")
table = option("table", None, str, "prepared table: runs:/<id of a prepare run>/table")

candidates = option("candidates", None, str, "run ids or model URIs, separated by commas")

contract = option(
    "contract",
    "none",
    SOURCE,
    "what the table must keep to: path or runs:/ URI of a contract or a prepared table; or none",
)

query = option(
    "query",
    "none",
    QUERY,
    "SQL that picks the rows, of the table data or of a database: select ...; or none",
)

raw_table = together(
    option(
        "data",
        "sklearn:diabetes",
        SOURCE,
        "CSV, Parquet (also folders), JSON, Arrow, Excel: path, http(s)/s3/gs URL, runs:/ URI; "
        "delta:<path>, sklearn:<name>; with query postgresql://host/db, sqlite:///<path>",
    ),
    query,
    option("target", "target", str, "column to predict"),
    option(
        "task",
        "auto",
        OneOf("auto", "regression", "classification"),
        "auto, regression or classification",
    ),
    option(
        "split",
        Split(),
        Spelled("data.split_rule", "Split.parse"),
        "random, time:<column> or group:<column>",
    ),
    option("validation_fraction", 0.2, Number(0.01, 0.98), "share of rows that choose the model"),
    option("test_fraction", 0.2, Number(0.01, 0.98), "share of rows opened once, by register"),
    seed,
    option(
        "header",
        "auto",
        Spelled("data.read_options", "Header.parse"),
        "line that names the columns: auto, a number from 1, or none",
    ),
    option(
        "missing",
        "auto",
        Spelled("data.read_options", "parse_missing"),
        "what stands for no value: auto, none, or markers; auto,-999 adds one",
    ),
    option("drop", "none", COLUMNS, "columns to leave out, separated by commas; or none"),
    contract,
)

search = together(
    option("trials", 20, whole(1, 1_000_000), "trials of the search; a grid ends sooner"),
    option(
        "sampler",
        "tpe",
        OneOf("tpe", "random", "grid"),
        "how trials are chosen: tpe, random or grid",
    ),
    option(
        "pruner",
        "halving",
        OneOf("halving", "none"),
        "halving: the better half of a batch goes on after each fold; or none",
    ),
)

metric = option(
    "metric",
    "auto",
    str,
    "metric that chooses: auto, rmse, mae, r2, accuracy, f1, roc_auc or log_loss",
)

parallel = together(
    option("workers", 0, whole(0, 1024), "processes at once; 0: one for every core"),
    option("scheduler", "local", str, "local, or tcp://host:port of a Dask scheduler"),
)

registration = together(
    option("model_name", "reprise", str, "name in the model registry"),
    option("gate", "none", str, "conditions on test metrics, such as r2>=0.3,rmse<=60; or none"),
    option(
        "promote",
        "if-better",
        OneOf("if-better", "always", "never"),
        "when the alias champion moves: if-better, always or never",
    ),
    option(
        "refit",
        "train+validation",
        OneOf("train+validation", "none"),
        "rows the winner is fitted on again: train+validation, or none",
    ),
)

any_model = option("model", None, str, "model URI, such as models:/reprise@champion")
trust = option("trust", "none", str, "file with the public key it must be signed by, or none")
model_family = option("model", "gbm", OneOf(*FAMILIES), "model family")


def as_recorded(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Typed parameters as runs and fingerprints keep them: what JSON has no type for, as text."""
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in parameters.items()
    }


def hyperparameters(family: Family) -> Decorator:
    """An option for each hyperparameter of a family."""
    return together(
        *(
            option(
                name, value.default, Number(value.low, value.high, value.kind is int), value.help
            )
            for name, value in family.hyperparameters.items()
        )
    )


def _shown(bound: float) -> str:
    return f"{int(bound):,}" if float(bound).is_integer() and abs(bound) < 1e12 else f"{bound:g}"
