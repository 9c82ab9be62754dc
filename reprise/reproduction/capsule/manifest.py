"""What a capsule says of itself: an in-toto statement whose subjects are all its other members.

The runs are those of the certificate, which says what there is to know of them; beside it stand the
series and trials that only `reproduce` compares.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from reprise.data.digests import canonical_json
from reprise.provenance.in_toto import STATEMENT
from reprise.tracking.contract import PREDICTIONS, RAW, TABLE
from reprise.tracking.uris import is_run_id

PREDICATE = "urn:reprise:capsule:1"
RUNS, WHEELS = "runs", "wheels"

Trial = Mapping[str, Any]
_ENDED = ("FINISHED", "FAILED", "KILLED")


@dataclass(frozen=True)
class Manifest:
    """What was exported.

    `members` are sha256 by name; `certificate` is the run that holds the certificate. Without
    `tables`, files with rows were left out. `series` are the values of a metric in their order, by
    run and name; `trials` those of a search, by run: name, status, params and metrics of each.
    """

    members: Mapping[str, str]
    certificate: str
    tables: bool
    series: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    trials: Mapping[str, list[Trial]] = field(default_factory=dict)

    @classmethod
    def parse(cls, statement: bytes) -> Self:
        """The one in a statement; ValueError where there is none."""
        try:
            found = json.loads(statement)
            if (found["_type"], found["predicateType"]) != (STATEMENT, PREDICATE):
                raise ValueError(f"it is of a kind that is not known here: {found['_type']!r:.60}")
            told = found["predicate"]
            if not is_run_id(told["certificate"]) or told["tables"] not in ("yes", "no"):
                raise ValueError("it names no certificate")
            return cls(
                {str(each["name"]): str(each["digest"]["sha256"]) for each in found["subject"]},
                told["certificate"],
                told["tables"] == "yes",
                {
                    run_id: {str(name): list(map(float, points)) for name, points in each.items()}
                    for run_id, each in told["series"].items()
                },
                {run_id: list(map(_trial, each)) for run_id, each in told["trials"].items()},
            )
        except (AttributeError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(repr(error)) from None

    def to_statement(self) -> bytes:
        """The statement in canonical JSON."""
        return canonical_json(
            {
                "_type": STATEMENT,
                "subject": [
                    {"name": name, "digest": {"sha256": self.members[name]}}
                    for name in sorted(self.members)
                ],
                "predicateType": PREDICATE,
                "predicate": {
                    "certificate": self.certificate,
                    "tables": "yes" if self.tables else "no",
                    "series": {
                        run_id: {name: list(map(repr, points)) for name, points in each.items()}
                        for run_id, each in self.series.items()
                    },
                    "trials": {
                        run_id: [_texts(trial) for trial in each]
                        for run_id, each in self.trials.items()
                    },
                },
            }
        )

    @property
    def has_wheels(self) -> bool:
        """Whether it holds packages."""
        return any(name.startswith(f"{WHEELS}/") for name in self.members)


def of_run(run_id: str, artifact: str) -> str:
    """The member that is an artifact of a run."""
    return f"{RUNS}/{run_id}/{artifact}"


def holds_rows(artifact: str) -> bool:
    """Whether rows of the table stand in an artifact of a run: what `tables=no` leaves out."""
    top = artifact.partition("/")[0]
    tables = (TABLE, PREDICTIONS.partition("/")[0])
    return top == RAW or (top in tables and artifact.endswith(".parquet"))


def _trial(found: Trial) -> Trial:
    if found["status"] not in _ENDED:
        raise ValueError(f"a trial has ended as {found['status']!r:.60}")
    return {
        "name": str(found["name"]),
        "status": str(found["status"]),
        "params": {str(name): str(text) for name, text in found["params"].items()},
        "metrics": {str(name): float(value) for name, value in found["metrics"].items()},
    }


def _texts(trial: Trial) -> Trial:
    """Numbers as texts: JSON has none for what is missing or infinite."""
    return {**trial, "metrics": {name: repr(value) for name, value in trial["metrics"].items()}}
