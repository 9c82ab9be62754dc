"""A node of the graph: an entry point, what it needs, what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlflow.entities import Run

from reprise.provenance.output_files import changed_file

# Says which output of a run is no longer as the step left it; None where all are.
Changed = Callable[[Run], str | None]
Runs = Mapping[str, Run]


@dataclass(frozen=True)
class Step:
    """A node: an entry point, the steps it needs, and its parameters given their finished runs.

    `preload`, given the runs that have finished so far, names modules that are imported while the
    step waits for the others. `changed` says which output of an earlier run is no longer as the
    step left it. A step that runs `alone` has workers of its own, so it waits until none of the
    others runs or could run. One that `resumes` goes on from what an interrupted run of the same
    has left.
    """

    entry_point: str
    needs: tuple[str, ...]
    parameters: Callable[[Runs], dict[str, Any]]
    preload: Callable[[Runs], tuple[str, ...]] = lambda _: ()
    changed: Changed = changed_file
    alone: bool = False
    resumes: bool = False
