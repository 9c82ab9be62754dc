"""How a step of the graph ended, and what there is to show of it meanwhile."""

from dataclasses import dataclass

from mlflow.entities import Run

from reprise.runtime.progress import Advance


@dataclass(frozen=True)
class Outcome:
    """How a step ended, and why.

    FINISHED, CACHED (`run` is the earlier run), FAILED, or SKIPPED (what it needs has failed).
    """

    status: str
    run: Run | None
    seconds: float
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether steps that need this one can go on."""
        return self.status in ("FINISHED", "CACHED")


@dataclass(frozen=True)
class Event:
    """Something to show: a step started, wrote a line, got on with its work, or ended."""

    kind: str
    step: str
    line: str = ""
    outcome: Outcome | None = None
    advance: Advance | None = None
