"""Why one run came out unlike another: everything that both recorded, compared part by part."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reprise.errors import RepriseError
from reprise.lineage.changed_code import code_differences
from reprise.lineage.changed_environment import environment_differences, lock_difference
from reprise.lineage.changed_schema import added_and_removed, schema_differences
from reprise.lineage.differences import (
    input_differences,
    metric_differences,
    number_or_text,
    parameter_differences,
)
from reprise.lineage.owner import ERROR_TAG
from reprise.lineage.recorded import Recorded
from reprise.lineage.rows import compare_rows
from reprise.lineage.runs import named_run
from reprise.lineage.uris import is_model_uri
from reprise.splitting import PARTS

JSON_NAME, PAGE_NAME = "explanation.json", "explanation.md"
NOTHING = "nothing differs"
# Parameters that name what an earlier step left: its content is compared, not its name.
_IDENTITIES = ("table", "candidates")
_STEPS_NAMED = 3

# The typed parameters of an entry point given arguments, its defaults filled in.
Parse = Callable[[str, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs of one entry point: phrases by section, none where equal."""

    entry_point: str
    of: str
    against: str
    differences: dict[str, list[str]]


@dataclass(frozen=True)
class Explanation:
    """What differs between two runs, and under `main` between their steps.

    The first of `steps` compares the two runs themselves. Phrases read from the run `against` to
    the run `of`.
    """

    of: str
    against: str
    entry_point: str
    steps: list[Comparison]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not any(step.differences for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """The explanation as JSON values."""
        return {**asdict(self), "same": self.same}

    def lines(self) -> list[str]:
        """The explanation for a terminal: what differs, by section, once for all steps."""
        found = [f"{self.entry_point}: run {self.against} -> run {self.of}"]
        for section, phrases in self.sections().items():
            found += [section, *(f"    {phrase}" for phrase in phrases)]
        return found if len(found) > 1 else [*found, NOTHING]

    def sections(self) -> dict[str, list[str]]:
        """What differs, by section, once for all steps; only sections that have something."""
        found = {section: self._phrases(section) for section in _SECTIONS}
        return {section: phrases for section, phrases in found.items() if phrases}

    def to_markdown(self) -> str:
        """The explanation as a page. Phrases stand as code: they hold names from anywhere."""
        title, *lines = self.lines()
        shown = [line if line.startswith(" ") or line == NOTHING else f"\n## {line.capitalize()}\n"
                 for line in lines]  # fmt: skip
        pairs = [f"    {step.entry_point}: {step.against} -> {step.of}" for step in self.steps]
        return "\n".join([f"# {title}\n", *shown, "\n## Runs compared\n", *pairs]) + "\n"

    def _phrases(self, section: str) -> list[str]:
        """Each phrase once, with the steps that it is true of where these are not all."""
        where: dict[str, list[str]] = {}
        for step in self.steps:
            for phrase in step.differences.get(section, []):
                where.setdefault(" ".join(phrase.split()), []).append(step.entry_point)
        everywhere = 1 if section == "steps" else len(self.steps)
        return [
            phrase if len(names) == everywhere else f"{phrase} ({_some(names)})"
            for phrase, names in where.items()
        ]


def explain(of: str, against: str, parse: Parse) -> Explanation:
    """Compare the runs that two names stand for; raise RepriseError where they do not compare."""
    later, earlier = _trained(of, "of"), _trained(against, "against")
    name = later.entry_point
    if name != earlier.entry_point:
        raise RepriseError(
            f"of and against must be runs of one entry point, got {name} ('{of}') and "
            f"{earlier.entry_point} ('{against}'): compare runs of the same step"
        )
    return _explain(earlier, later, parse)


def differences_between(earlier: Recorded, later: Recorded, parse: Parse) -> dict[str, list[str]]:
    """What differs between two runs, of one entry point or not: phrases by section."""
    return _explain(earlier, later, parse).sections()


def _explain(earlier: Recorded, later: Recorded, parse: Parse) -> Explanation:
    name = later.entry_point
    steps = [_compare(earlier, later, parse, tables=name != "main")]
    if name == "main":
        before, after = earlier.children, later.children
        if changed := added_and_removed("step", set(before), set(after)):
            steps[0].differences["steps"] = changed
        steps += [
            _compare(before[step], after[step], parse, tables=step == "prepare")
            for step in after
            if step in before
        ]
    return Explanation(later.id, earlier.id, name, steps)


def _trained(name: str, parameter: str) -> Recorded:
    """The run that a name stands for; of a model that was fitted again, the one that trained it."""
    run = named_run(name, parameter)
    trained = run.data.tags.get("reprise.candidate")
    if trained is not None and is_model_uri(name):
        run = named_run(trained, parameter)
    return Recorded.behind(run)


def _compare(earlier: Recorded, later: Recorded, parse: Parse, tables: bool) -> Comparison:
    """Compare two runs of an entry point; the tables that they rest on where `tables`."""
    found: dict[str, list[str]] = {}
    if earlier.id != later.id:
        found = {name: compare(earlier, later) for name, compare in _SECTIONS.items()}
        found["parameters"] = _parameters(earlier, later, parse)
        if tables:
            found["data"] += _tables(earlier, later)
    present = {name: phrases for name, phrases in found.items() if phrases}
    return Comparison(later.entry_point, later.id, earlier.id, present)


def _parameters(earlier: Recorded, later: Recorded, parse: Parse) -> list[str]:
    given = (earlier.parameters, later.parameters)
    typed: list[dict[str, Any]] = []
    try:
        for texts in given:
            typed.append(parse(later.entry_point, texts))
    except RepriseError:  # what the project had other rules for once, or what made a run fail
        typed = [{name: number_or_text(text) for name, text in texts.items()} for texts in given]
    for values in typed:
        for name in _IDENTITIES:
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
    commits = [f"{commit[:12]}{' and changes' if dirty else ''}"
               for commit, dirty in (earlier.commit, later.commit)]  # fmt: skip
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
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
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


# In the order they are shown; `steps` and `parameters` are filled in by those who know more.
_SECTIONS: dict[str, Callable[[Recorded, Recorded], list[str]]] = {
    "steps": lambda *_: [],
    "parameters": lambda *_: [],
    "code": _code,
    "lock": _lock,
    "environment": _environment,
    "data": _data,
    "results": _results,
    "metrics": _metrics,
}


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _STEPS_NAMED} more" if len(names) > _STEPS_NAMED else ""
    return ", ".join(names[:_STEPS_NAMED]) + more
