"""Why one run came out unlike another, and main's steps unlike those of another main."""

from dataclasses import asdict, dataclass
from typing import Any

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.model_files import unlike_their_run
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.run_diff import SECTIONS, differences
from reprise.provenance.schema_diff import added_and_removed
from reprise.tracking.contract import CANDIDATE_TAG
from reprise.tracking.parameter_roles import Parse
from reprise.tracking.runs import named_run
from reprise.tracking.uris import is_model_uri

NOTHING = "nothing differs"
_STEPS_NAMED = 3


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
        found = {section: self._phrases(section) for section in SECTIONS}
        return {section: phrases for section, phrases in found.items() if phrases}

    def to_markdown(self) -> str:
        """The explanation as a page. Phrases stand as code: they hold names from anywhere."""
        title, *lines = self.lines()
        shown = [
            line if line.startswith(" ") or line == NOTHING else f"\n## {line.capitalize()}\n"
            for line in lines
        ]
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
            phrase if len(names) == everywhere else f"{phrase} ({listed(names, _STEPS_NAMED)})"
            for phrase, names in where.items()
        ]


def explain(of: str, against: str, parse: Parse) -> Explanation:
    """Compare the runs that two names stand for; raise RepriseError where they do not compare.

    Where the files of a model are not those of its run, that is a difference too.
    """
    later, earlier = _trained(of, "of"), _trained(against, "against")
    name = later.entry_point
    if name != earlier.entry_point:
        raise RepriseError(
            f"of and against must be runs of one entry point, got {name} ('{of}') and "
            f"{earlier.entry_point} ('{against}'): compare runs of the same step"
        )
    found = _explain(earlier, later, parse)
    # The runs are compared; a model whose files are not those of its run is another result.
    if others := [*unlike_their_run(against), *unlike_their_run(of)]:
        found.steps[0].differences.setdefault("results", []).extend(dict.fromkeys(others))
    return found


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
    trained = run.data.tags.get(CANDIDATE_TAG)
    if trained is not None and is_model_uri(name):
        run = named_run(trained, parameter)
    return Recorded.behind(run)


def _compare(earlier: Recorded, later: Recorded, parse: Parse, tables: bool) -> Comparison:
    found = differences(earlier, later, parse, tables)
    return Comparison(later.entry_point, later.id, earlier.id, found)
