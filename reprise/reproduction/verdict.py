"""What a reproduction found: the verdict, and all that it rests on, for programs and for people.

`reproduction.json` is an object with

    of, run, entry_point    what was asked for, the original run behind it and its entry point
    verdict                 identical | within-tolerance | different
    tolerance               the largest difference that was accepted
    largest_difference      the largest absolute difference seen: null where none could be measured
                            (texts or missing values), else {"value", "step", "what"}; value 0 where
                            every number is the same
    reasons                 phrases: what is behind a difference, as far as it could be found
    notes                   phrases: how it was done (data, code, environment)
    problems                phrases: what of a main run's own record was changed since, and what
                            of the model that `of` names is not as its run left it
    steps                   a list, in the order of the work, of objects with
        name, entry_point   the step; the name has a number where two have the same entry point
        original            id of the run that was reproduced
        reproduced          id of the run that did it again; null where none did
        verdict             as above, for this step
        error               why it could not be done again; null where it could
        problems            phrases: what of the original's record was changed since
        comparisons         a list of {"what", "original", "reproduced", "same", "accepted",
                            "difference", "note"}: both values of one output; `difference` is null
                            for what is no number. NaN and infinity are the texts nan, inf, -inf

A table (predictions, importance, a trial) is one comparison: its values are its size where every
row is the same in every bit, else those of the first row that differs.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from reprise.reports import html
from reprise.reproduction.value_comparison import Comparison, exact, plain, shown
from reprise.tracking.contract import REPRODUCTION_PAGE

Verdict = Literal["identical", "within-tolerance", "different"]
_SHOWN = 3
_MARKS = {"identical": "=", "within-tolerance": "≈", "different": "✗"}


@dataclass(frozen=True)
class StepResult:
    """One step: the original run, the one that did it again, and how they compare."""

    name: str
    entry_point: str
    original: str
    reproduced: str | None
    comparisons: list[Comparison] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict on this step alone."""
        if self.error or self.problems or not all(each.accepted for each in self.comparisons):
            return "different"
        same = all(each.same for each in self.comparisons)
        return "identical" if same else "within-tolerance"

    def line(self, width: int) -> str:
        """`= train_rf  14 of 14 the same`, the name as wide as given, with what is not."""
        same = sum(each.same for each in self.comparisons)
        counted = f"{same} of {len(self.comparisons)} the same"
        text = f"{_MARKS[self.verdict]} {self.name:<{width}} {counted}"
        unlike = [each for each in self.comparisons if not each.same]
        unlike.sort(key=lambda each: each.accepted)
        said = [*([self.error] if self.error else []), *self.problems[:_SHOWN]]
        said += [shown(each) for each in unlike[:_SHOWN]]
        if len(unlike) > _SHOWN:
            said.append(f"{len(unlike) - _SHOWN} more")
        return f"{text}: {'; '.join(said)}" if said else text

    def to_json(self) -> dict[str, Any]:
        """The step as JSON values."""
        return {
            "name": self.name,
            "entry_point": self.entry_point,
            "original": self.original,
            "reproduced": self.reproduced,
            "verdict": self.verdict,
            "error": self.error,
            "problems": self.problems,
            "comparisons": [each.to_json() for each in self.comparisons],
        }


@dataclass(frozen=True)
class Reproduction:
    """A past result done again.

    `problems` are those of the record of a `main` run itself, or of the model that was asked for.
    """

    of: str
    run: str
    entry_point: str
    tolerance: float
    steps: list[StepResult]
    notes: list[str]
    reasons: list[str]
    problems: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """different where any step is, or the record was changed; identical where all are."""
        verdicts = {step.verdict for step in self.steps}
        if "different" in verdicts or self.problems or not self.steps:
            return "different"
        return "within-tolerance" if "within-tolerance" in verdicts else "identical"

    @property
    def total(self) -> int:
        """How many outputs were compared."""
        return sum(len(step.comparisons) for step in self.steps)

    @property
    def same(self) -> int:
        """How many of them are the same in every bit."""
        return sum(each.same for step in self.steps for each in step.comparisons)

    @property
    def largest(self) -> tuple[float, str, str] | None:
        """(largest absolute difference seen, step, output); None where no numbers were compared."""
        found = [
            (each.difference, step.name, each.what)
            for step in self.steps
            for each in step.comparisons
            if each.difference is not None
        ]
        return max(found, key=lambda each: each[0]) if found else None

    def to_json(self) -> dict[str, Any]:
        """The reproduction as JSON values: the schema is in the docstring of this module."""
        names = ("value", "step", "what")
        largest = self.largest
        return {
            "of": self.of,
            "run": self.run,
            "entry_point": self.entry_point,
            "verdict": self.verdict,
            "tolerance": self.tolerance,
            "largest_difference": largest
            and {name: plain(each) for name, each in zip(names, largest, strict=True)},
            "reasons": self.reasons,
            "notes": self.notes,
            "problems": self.problems,
            "steps": [step.to_json() for step in self.steps],
        }

    def lines(self) -> list[str]:
        """The verdict for a terminal."""
        title = self.verdict.upper().replace("-", " ")
        counted = f"{self.same} of {self.total} outputs the same"
        found = [f"{title}: {self.entry_point} run {self.run}, {counted}"]
        width = max((17, *(len(step.name) for step in self.steps)))
        found += [f"  {step.line(width)}" for step in self.steps]
        found.append(f"largest difference  {self.largest_in_words()}")
        for label, phrases in (("reasons", self.reasons), ("how", self.notes)):
            found += [label, *(f"  {phrase}" for phrase in phrases)] if phrases else []
        return found

    def largest_in_words(self) -> str:
        """`0`, or `1.2e-15 (train_rf: metric validation_rmse), accepted up to 1e-09`."""
        if self.largest is None:
            return "none could be measured"
        value, step, what = self.largest
        if value == 0:
            return "0: every number that was compared has the same bits"
        passes = "" if math.isinf(value) else f"; tolerance={value!r} would accept it"
        limit = f", accepted up to {self.tolerance:g}" if value <= self.tolerance else passes
        return f"{value:.6g} ({step}: {what}){limit}"

    def to_html(self) -> str:
        """The reproduction as a page that needs neither network nor server."""
        return html.page(REPRODUCTION_PAGE, found=self, exact=exact)
