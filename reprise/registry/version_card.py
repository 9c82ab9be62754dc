"""The card of a model version: what it is, how good, made from what, and how to use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from itertools import product
from typing import Any

import mlflow
import pandas as pd
import pyarrow.parquet as pq
from jinja2 import Environment, FunctionLoader, StrictUndefined
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from reprise.data.prepared_table import PreparedTable, digest_of
from reprise.data.schema import Schema
from reprise.data.typical_row import typical_row
from reprise.errors import hidden
from reprise.evaluation.bootstrap import Interval, intervals
from reprise.evaluation.metrics import metrics_of
from reprise.formatting import compact_json, python, shell
from reprise.models.families import ENSEMBLE, get_family
from reprise.registry.known_limits import limits
from reprise.reports.html import shown, template_text
from reprise.tracking.artifacts import read, read_json
from reprise.tracking.contract import (
    DIRTY_TAG,
    FINGERPRINT,
    IMPORTANCE,
    LOCK_TAG,
    MODEL_ID_TAG,
    VERSION_CARD,
)
from reprise.tracking.markdown import code, plain
from reprise.tracking.uris import parse_run_uri
from reprise.training.candidates import Candidate, Tested
from reprise.training.refit import SHARE

# What MLflow's database has room for in a description.
_LONGEST = 5000
_IMPORTANT = 10
_SHORTER = (60, 30, 15, 8, 3, 0)
_SECTION = "\n### "


@dataclass(frozen=True)
class Card:
    """What there is to say of a version: values of the template card.md."""

    facts: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        candidate: Candidate,
        table: PreparedTable,
        tested: Tested,
        version: ModelVersion,
        standing: str,
    ) -> "Card":
        """The card of a version; `standing` says which alias it has and why."""
        schema, run = table.schema, candidate.run
        spread = intervals(schema.task, tested.part.y, tested.prediction)
        values = {name: tested.metrics[f"test_{name}"] for name in metrics_of(schema.task)}
        return cls(
            {
                "schema": schema,
                "title": _title(candidate.family),
                **_fitted(candidate, schema),
                "standing": standing,
                "tested": values,
                "intervals": spread,
                "coverage": tested.coverage,
                "validation": {name: run.data.metrics.get(f"validation_{name}") for name in values},
                "table_digest": digest_of(schema),
                **_ranges(table),
                "hyperparameters": _hyperparameters(candidate),
                "importance_metric": metrics_of(schema.task)[0],
                "importance": _importance(run),
                **_origin(candidate, table),
                "limits": limits(schema, {**run.data.metrics, **tested.metrics}),
                "store": hidden(mlflow.get_tracking_uri()),
                "uri": f"models:/{version.name}/{version.version}",
                "example": typical_row(tested.part.X, schema),
            }
        )

    @property
    def intervals(self) -> dict[str, Interval]:
        """The interval of each test metric."""
        found: dict[str, Interval] = self.facts["intervals"]
        return found

    def text(self, most_columns: int | None = None, examples: bool = True) -> str:
        """The card in Markdown, at most so many columns listed, with or without the example."""
        columns = dict(list(self.facts["schema"].columns.items())[:most_columns])
        more = len(self.facts["schema"].columns) - len(columns)
        return (
            _environment()
            .get_template(VERSION_CARD)
            .render(**self.facts, columns=columns, more_columns=more, examples=examples)
        )

    def description(self) -> str:
        """The card, shortened to what fits into the description of a version."""
        for most, examples in ((None, True), *product(_SHORTER, (True, False))):
            text = self.text(most, examples)
            if len(text) <= _LONGEST:
                return text
        # Whole sections, so that nothing that was opened stays open.
        rest = f"\n\n… the rest is in {VERSION_CARD} of the registering run."
        room = text[: _LONGEST - len(rest)]
        return f"{room[: room.rfind(_SECTION)] if _SECTION in room else room}{rest}"


def _environment() -> Environment:
    loader = FunctionLoader(template_text)
    environment = Environment(
        loader=loader, undefined=StrictUndefined, finalize=shown, trim_blocks=False
    )
    environment.filters |= {
        "number": lambda value: "" if value is None else f"{value:.4g}",
        "count": lambda value: f"{value:,}",
        "code": code,
        "plain": plain,
        "python": python,
        "json": compact_json,
        "shell": shell,
    }
    return environment


def _origin(candidate: Candidate, table: PreparedTable) -> dict[str, Any]:
    """The runs, the code and the data behind a version."""
    run, registering = candidate.run, mlflow.active_run()
    prepared = mlflow.get_run(parse_run_uri(table.uri)[0])
    tags = run.data.tags
    return {
        "read": _day(prepared),
        "source_digest": _source_digest(prepared),
        "family_step": tags.get("mlflow.project.entryPoint", "run"),
        "experiment": run.info.experiment_id,
        "run": candidate.run_id,
        "prepare": prepared.info.run_id,
        "registering": registering.info.run_id if registering else None,
        "commit": tags.get("mlflow.source.git.commit"),
        "dirty": tags.get(DIRTY_TAG) == "true",
        "repository": tags.get("mlflow.source.git.repoURL"),
        "lock": tags.get(LOCK_TAG, ""),
    }


def _day(run: Run) -> str:
    return f"{datetime.fromtimestamp(run.info.start_time / 1000, UTC):%Y-%m-%d}"


def _source_digest(prepared: Run) -> str:
    identity = read_json(prepared, FINGERPRINT) or {}
    return str(identity.get("inputs", {}).get("data", ""))


def _title(family: str) -> str:
    return "Blend of models" if family == ENSEMBLE else get_family(family).title


def _fitted(candidate: Candidate, schema: Schema) -> dict[str, Any]:
    """How many rows it was fitted on, and of which parts."""
    parts = ["train"] if candidate.refitted_by is None else ["train", "validation"]
    rows = sum(schema.rows[part] for part in parts)
    return {"fitted_rows": rows, "fitted_parts": " and ".join(parts)}


def _hyperparameters(candidate: Candidate) -> dict[str, str]:
    logged = mlflow.get_logged_model(candidate.holder.data.tags[MODEL_ID_TAG]).params or {}
    if candidate.family == ENSEMBLE:
        shares = {name: value for name, value in logged.items() if name.startswith(SHARE)}
        return {name: f"{float(value):.2f}" for name, value in shares.items()}
    known = get_family(candidate.family).hyperparameters
    return {name: value for name, value in logged.items() if name in known}


def _importance(run: Run) -> dict[str, float]:
    text = read(run, IMPORTANCE)
    if text is None:
        return {}
    table = pd.read_csv(StringIO(text), keep_default_na=False, dtype={"column": "str"}).head(
        _IMPORTANT
    )
    return dict(zip(table["column"], table["mean"].astype("float64"), strict=True))


def _ranges(table: PreparedTable) -> dict[str, Any]:
    """First and last date of each column of dates, smallest and largest target, of train rows."""
    schema = table.schema
    dates = [name for name, column in schema.columns.items() if column.role == "date"]
    with pq.ParquetFile(table.folder / "train.parquet") as file:
        found = {name: _range(file, name) for name in [*dates, schema.target]}
    target = found.pop(schema.target) if schema.task == "regression" else None
    shown = {
        name: (f"{ends[0]:%Y-%m-%d}", f"{ends[1]:%Y-%m-%d}")
        for name, ends in found.items()
        if name in dates and ends
    }
    return {"dates": shown, "target_range": target}


def _range(file: pq.ParquetFile, name: str) -> tuple[Any, Any] | None:
    """Smallest and largest value of a column, from the statistics in the file."""
    position = file.schema_arrow.names.index(name)
    groups = [
        file.metadata.row_group(n).column(position).statistics
        for n in range(file.metadata.num_row_groups)
    ]
    known = [group for group in groups if group is not None and group.has_min_max]
    if not known:
        return None
    return min(group.min for group in known), max(group.max for group in known)
