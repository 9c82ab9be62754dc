"""What a run was started with, as it was sealed then, whatever the run shows now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlflow.entities import Run

from reprise.lineage.artifacts import read_bytes
from reprise.lineage.recording import ENVIRONMENT, ORIGIN, SOURCE_CODE, SOURCE_DIFF, SOURCE_LOCK
from reprise.lineage.seals import flaw


@dataclass(frozen=True)
class Origin:
    """Parameters, commit ("unknown" without git), and whether the code differed from it.

    `broken` says which of the artifacts that tell what the run was made of are not as it left
    them, and how: `{name: "was changed"}`.
    """

    parameters: Mapping[str, Any]
    commit: str
    dirty: bool | None
    broken: Mapping[str, str]


def read_origin(run: Run, shown: Origin) -> Origin:
    """The origin that a run has sealed; where that is broken, what is `shown` of it elsewhere."""
    content = read_bytes(run, ORIGIN)
    broken = {ORIGIN: flaw(run, ORIGIN, content)}
    origin = shown
    if content is not None and broken[ORIGIN] is None:
        sealed = json.loads(content)
        origin = Origin(
            sealed["parameters"], sealed["commit"] or "unknown", sealed["dirty"], shown.broken
        )
    names = [SOURCE_LOCK, SOURCE_CODE, ENVIRONMENT, *([SOURCE_DIFF] if origin.dirty else [])]
    broken |= {name: flaw(run, name, read_bytes(run, name)) for name in names}
    return replace(origin, broken={name: what for name, what in broken.items() if what})
