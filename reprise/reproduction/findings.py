"""What is known of a plan while it is done, and what of it explains a difference."""

from dataclasses import dataclass, field

from reprise.pipeline.outcome import Outcome
from reprise.provenance.environment_diff import environment_differences
from reprise.provenance.level_in_force import level_in_force, level_of
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction.plan import Plan
from reprise.reproduction.remeasure import Measured
from reprise.reproduction.rerun import Place
from reprise.reproduction.source_data import SourceData
from reprise.reproduction.verdict import StepResult

# Facts of an environment.json by which libraries choose, where nothing else has chosen.
_CHOOSE = ("flags", "processor", "switches")


@dataclass
class Findings:
    """By the names of tasks: edits of the record, the raw data, and as it goes on the rest.

    `places` are where tasks are done again, `errors` why some are not, `outcomes` how they ended;
    `measured` is what `register` would have registered, by its tasks.
    """

    plan: Plan
    problems: dict[str, list[str]]
    data: dict[str, SourceData]
    places: dict[str, Place] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    measured: dict[str, Measured] = field(default_factory=dict)

    @property
    def edited(self) -> list[str]:
        """What of the record was changed since, with the task it belongs to."""
        return [
            f"{name}: {phrase}" for name, phrases in self.problems.items() for phrase in phrases
        ]

    @property
    def changes(self) -> list[str]:
        """What of the raw data changed."""
        return [data.note for data in self.data.values() if data.change]

    @property
    def levels(self) -> list[str]:
        """The levels that tasks were done at, where another is in force here, and what follows."""
        here = level_in_force()
        then = {level_of(task.recorded.environment) for task in self.plan.tasks.values()}
        return [
            f"level of instructions: {name} then, {here} here: last digits may differ"
            for name in sorted(name for name in then if name not in (None, here))
        ]

    def notes(self) -> list[str]:
        """How it was done: data, code, environment; a phrase each where all tasks agree."""
        notes = [*self.levels, *(data.note for data in self.data.values())]
        for name, data in self.data.items():
            if data.change and name not in self.errors:
                notes.append("the steps after prepare went on from the stored split, it is intact")
        for label, origins in (
            ("code", {name: place.tree.origin for name, place in self.places.items()}),
            ("environment", {name: at.interpreter.origin for name, at in self.places.items()}),
        ):
            for origin in dict.fromkeys(origins.values()):
                names = [name for name, each in origins.items() if each == origin]
                whose = "" if len(names) == len(origins) else f" ({', '.join(names)})"
                notes.append(f"{label}: {origin}{whose}")
        return notes

    def reasons(self, steps: list[StepResult], of_main: list[str]) -> list[str]:
        """What is behind a difference: an edited record, changed data, another processor or so."""
        unlike = [step for step in steps if not all(each.same for each in step.comparisons)]
        reasons = [*(self.levels if unlike else []), *of_main, *self.edited, *self.changes]
        for step in unlike:
            reasons += [f"environment: {phrase}" for phrase in self._environment_of(step)]
        reasons += [
            f"{step.name}: {step.error}"
            for step in steps
            if step.error and step.name not in self.data
        ]
        if unlike and not reasons:
            reasons.append("none was found in the data, the code, the environment or the record")
        return list(dict.fromkeys(reasons))

    def _environment_of(self, step: StepResult) -> list[str]:
        """What differs between the machines that the original and the reproduced step ran on."""
        task, outcome = self.plan.tasks.get(step.name), self.outcomes.get(step.name)
        if task is None or outcome is None or outcome.run is None:
            return []
        then, now = task.recorded.environment, Recorded(outcome.run).environment
        found = environment_differences(then, now)
        if self.levels:  # said already
            found = [phrase for phrase in found if not phrase.startswith("level of instructions")]
        if level_of(then) is None and any(then.get(name) != now.get(name) for name in _CHOOSE):
            found.insert(0, "no level of instructions was fixed then: kernels go by the processor")
        return found
