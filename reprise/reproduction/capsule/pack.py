"""Everything that a version was made of, gathered from the store into the members of a capsule."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.in_toto import Record
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.signing import SigningKey
from reprise.provenance.stored_record import MAIN
from reprise.reproduction.capsule.capsule_page import capsule_page
from reprise.reproduction.capsule.manifest import WHEELS, Manifest, Trial, holds_rows, of_run
from reprise.reproduction.capsule.new_archive import Content
from reprise.reproduction.capsule.raw_copy import raw_copy
from reprise.reproduction.step_outputs import curves_of, trials_of
from reprise.tracking.artifacts import local_artifact
from reprise.tracking.contract import (
    CAPSULE_PAGE,
    ENVELOPE,
    FINGERPRINT,
    MANIFEST,
    MANIFEST_ENVELOPE,
    PROVENANCE,
)

Members = dict[str, Content]


@dataclass(frozen=True)
class Packed:
    """The members of a capsule in their order, and lines that say what is not among them."""

    members: Members
    notes: tuple[str, ...]


def pack(
    record: Record, tables: bool, wheels: Mapping[str, Path], key: SigningKey | None, folder: Path
) -> Packed:
    """Gather what a certificate names, by its record; what is not local is copied to `folder`.

    Raises RepriseError where something of it is not as it was sealed, or its raw table has changed.
    """
    certifying = record["decision"]["run"]
    members: Members = {}
    notes: list[str] = []
    series: dict[str, dict[str, list[float]]] = {}
    trials: dict[str, list[Trial]] = {}
    for run_id, said in sorted(record["runs"].items()):
        run = mlflow.get_run(run_id)
        for name, path in _artifacts(run, said, folder / run_id, run_id == certifying):
            if tables or not holds_rows(name):
                members[of_run(run_id, name)] = path
        if tables and said["step"] == "prepare":
            copies, note = raw_copy(Recorded(run))
            members |= {of_run(run_id, name): path for name, path in copies.items()}
            notes += [note] if note else []
        series |= {run_id: found} if (found := curves_of(run)) else {}
        done = [] if said["step"] == MAIN else list(_trials(run))  # its children are the steps
        trials |= {run_id: done} if done else {}
    members |= {f"{WHEELS}/{name}": path for name, path in sorted(wheels.items())}
    page = capsule_page(record, tables, bool(wheels), None if key is None else key.id)
    members = {CAPSULE_PAGE: page.encode(), **dict(sorted(members.items()))}
    digests = {name: _sha256(content) for name, content in members.items()}
    _check(record, digests)
    statement = Manifest(digests, certifying, tables, series, trials).to_statement()
    own: Members = {MANIFEST: statement}
    if key is not None:
        own[MANIFEST_ENVELOPE] = key.seal(statement)
    return Packed({CAPSULE_PAGE: members.pop(CAPSULE_PAGE), **own, **members}, tuple(notes))


def _artifacts(
    run: Run, said: Mapping[str, Any], folder: Path, certifies: bool
) -> Iterator[tuple[str, Path]]:
    """(name, path) of each file that a run has sealed, and of those that say what these are."""
    names = {*said["files"], FINGERPRINT, *((PROVENANCE, ENVELOPE) if certifies else ())}
    folder.mkdir()
    for top in sorted({name.partition("/")[0] for name in names}):
        try:
            place = local_artifact(run, top, folder)
        except (mlflow.MlflowException, OSError):
            continue  # what must be there has been looked for
        for path in [place, *sorted(place.rglob("*"))]:
            name = str(Path(top) / path.relative_to(place)) if path != place else top
            if name in names and path.is_file():
                yield name, path


def _check(record: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """Raise RepriseError where a member is not what the certificate says of it."""
    wrong = [
        f"{each['step']} run {run_id}: {name}"
        for run_id, each in record["runs"].items()
        for name, digest in each["files"].items()
        if digests.get(of_run(run_id, name), digest) != digest
    ]
    if wrong:
        raise RepriseError(
            f"what is exported must be as its runs left it, got {listed(wrong)}, which changed "
            "while it was read: run export again"
        )


def _trials(run: Run) -> Iterator[Trial]:
    for name, trial in sorted(trials_of(run).items()):
        yield {
            "name": name,
            "status": trial.info.status,
            "params": trial.data.params,
            "metrics": trial.data.metrics,
        }


def _sha256(content: Content) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
