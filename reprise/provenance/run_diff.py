"""Section by section, what differs between two runs, of all that both recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from reprise.data.row_diff import compare_rows
from reprise.data.split_rule import PARTS
from reprise.errors import RepriseError
from reprise.provenance.code_diff import code_differences
from reprise.provenance.environment_diff import environment_differences, lock_difference
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.schema_diff import schema_differences
from reprise.provenance.value_diff import (
    input_differences,
    metric_differences,
    number_or_text,
    parameter_differences,
)
from reprise.runtime.scratch import scratch
from reprise.tracking.contract import ERROR_TAG
from reprise.tracking.parameter_roles import FROM_STEPS, Parse

# In the order they are shown; `steps` is for whoever compares two mains.
SECTIONS = (
    "steps",
    "parameters",
    "code",
    "lock",
    "environment",
    "data",
    "results",
    "metrics",
)


def differences(
    earlier: Recorded, later: Recorded, parse: Parse, tables: bool
) -> dict[str, list[str]]:
    """What differs between two runs: phrases by section, only sections that have something.

    The rows and columns of the tables that they rest on are compared where `tables`.
    """
    if earlier.id == later.id:
        return {}
    found = {name: compare(earlier, later) for name, compare in _COMPARE.items()}
    found["parameters"] = _parameters(earlier, later, parse)
    if tables:
        found["data"] += _tables(earlier, later)
    return {name: phrases for name in SECTIONS if (phrases := found.get(name))}


def _parameters(earlier: Recorded, later: Recorded, parse: Parse) -> list[str]:
    given = (earlier.parameters, later.parameters)
    typed: list[dict[str, Any]] = []
    try:
        for texts in given:
            typed.append(parse(later.entry_point, texts))
    except RepriseError:  # what the project had other rules for once, or what made a run fail
        typed = [{name: number_or_text(text) for name, text in texts.items()} for texts in given]
    for values in typed:
        for name in FROM_STEPS:
            values.pop(name, None)
    return parameter_differences(*typed)


def _code(earlier: Recorded, later: Recorded) -> list[str]:
    before, after = earlier.code_digests, later.code_digests
    if before is not None and after is not None:
        # Another step reaches other files, which says nothing.
        another = earlier.entry_point != later.entry_point
        phrases = code_differences(before, after, earlier.code, later.code, only_changed=another)
        return [phrase.removeprefix("code: ") for phrase in phrases]
    if earlier.commit == later.commit and later.commit[1] is False:
        return []
    silent = [run.id for run in (earlier, later) if run.code_digests is None]
    commits = [
        f"{commit[:12]}{' and changes' if dirty else ''}"
        for commit, dirty in (earlier.commit, later.commit)
    ]
    return [
        f"not recorded by run {' and '.join(silent)}; commit {' -> '.join(dict.fromkeys(commits))}"
    ]


def _lock(earlier: Recorded, later: Recorded) -> list[str]:
    digests = (earlier.lock_digest, later.lock_digest)
    if digests[0] == digests[1] or None in digests:
        return []
    phrase = lock_difference(earlier.lock, later.lock)
    return [phrase.removeprefix("lock changed: ")]


def _environment(earlier: Recorded, later: Recorded) -> list[str]:
    return environment_differences(earlier.environment, later.environment)


def _data(earlier: Recorded, later: Recorded) -> list[str]:
    shared = set(earlier.inputs) & set(later.inputs)
    before, after = ({name: run.inputs[name] for name in shared} for run in (earlier, later))
    return input_differences(before, after)


def _tables(earlier: Recorded, later: Recorded) -> list[str]:
    """What differs between the prepared tables behind two runs: schema and rows."""
    before, after = earlier.prepared, later.prepared
    if before is None or after is None or before.id == after.id:
        return []
    for run in (before, after):
        if run.schema is None:
            return [f"the tables were not compared: run {run.id} has none"]
    schemas = (before.schema or {}, after.schema or {})
    found = schema_differences(*schemas)
    if schemas[0]["digests"] != schemas[1]["digests"]:
        found += _rows(before, after) or ([] if found else ["the order of the rows changed"])
    return found


def _rows(before: Recorded, after: Recorded) -> list[str]:
    with scratch() as folder:
        parts = []
        for run in (before, after):
            target = Path(folder) / run.id
            target.mkdir()
            table = run.table(target)
            if table is None:
                return [f"the rows were not compared: the table of run {run.id} is gone"]
            parts.append({name: table / f"{name}.parquet" for name in PARTS})
        try:
            return compare_rows(*parts).phrases()
        except (OSError, ValueError) as error:
            return [f"the rows were not compared: {str(error).splitlines()[0]}"]


def _results(earlier: Recorded, later: Recorded) -> list[str]:
    """How the runs ended and what they left: status, winner, digests of outputs."""
    found = []
    status = (earlier.run.info.status, later.run.info.status)
    if status[0] != status[1]:
        found.append(f"status {status[0]} -> {status[1]}")
    tags = (earlier.run.data.tags, later.run.data.tags)
    errors = [side.get(ERROR_TAG) for side in tags]
    if errors[0] != errors[1]:
        found.append(f"error: {errors[1]}" if errors[1] else f"error is gone: {errors[0]}")
    for name in ("family", "version", "alias"):
        values = [side.get(f"reprise.{name}") for side in tags]
        if None not in values and values[0] != values[1]:
            found.append(f"{name} {values[0]} -> {values[1]}")
    return found + [
        f"the content of {name} changed"
        for name, digest in sorted(later.outputs.items())
        if earlier.outputs.get(name, digest) != digest
    ]


def _metrics(earlier: Recorded, later: Recorded) -> list[str]:
    return metric_differences(earlier.run.data.metrics, later.run.data.metrics)


_COMPARE: dict[str, Callable[[Recorded, Recorded], list[str]]] = {
    "code": _code,
    "lock": _lock,
    "environment": _environment,
    "data": _data,
    "results": _results,
    "metrics": _metrics,
}
