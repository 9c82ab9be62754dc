"""What `of` names, opened: a capsule as a store of its own, for as long as it is looked at.

Whatever is asked of the tracking store meanwhile is asked of that one, so that a capsule is
verified and reproduced as any version is. Nothing of it is run here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import mlflow
from mlflow.entities import Run
from sqlalchemy.exc import SQLAlchemyError

from reprise.data.typed_paths import not_found
from reprise.errors import RepriseError
from reprise.provenance.dsse import Envelope
from reprise.provenance.in_toto import Record, UnsoundStatement, record_in
from reprise.reproduction.capsule.archive import Archive, is_archive, open_archive
from reprise.reproduction.capsule.manifest import RUNS, WHEELS, Manifest, holds_rows, of_run
from reprise.reproduction.capsule.restore import restore
from reprise.runtime.scratch import scratch
from reprise.tracking.contract import ENVELOPE, MANIFEST, MANIFEST_ENVELOPE, PROVENANCE
from reprise.tracking.separate_store import separate_store
from reprise.tracking.uris import is_model_uri, is_run_id

_LARGEST_STATEMENT = 64 << 20
# What a record makes of itself, and MLflow and its database of that, where it is none of ours.
_UNSOUND = (
    *(AttributeError, KeyError, TypeError, ValueError, OverflowError),
    *(mlflow.MlflowException, SQLAlchemyError),
)


@dataclass(frozen=True)
class Capsule:
    """A capsule that is open.

    `sealed` is the envelope of its manifest, None where it has none; `problems` are phrases for
    members that are not as they were exported.
    """

    path: Path
    manifest: Manifest
    sealed: bytes | None
    problems: tuple[str, ...]
    _archive: Archive = field(repr=False)
    _folder: Path = field(repr=False)

    def wheels(self) -> Path | None:
        """A folder with the packages that it holds; None where it holds none."""
        folder = self._folder / WHEELS
        if not self.manifest.has_wheels:
            return None
        if not folder.is_dir():
            for name in self.manifest.members:
                if name.startswith(f"{WHEELS}/") and name in self._archive.sizes:
                    _extract(self._archive, name, self._folder / name)
        return folder


@dataclass(frozen=True)
class Opened:
    """What `of` names in the store that is in force: a run, a URI or a folder; its capsule."""

    name: str
    capsule: Capsule | None = None
    experiment: str = ""

    def left_out(self, artifact: str) -> bool:
        """Whether a capsule has been exported without this artifact of a run: it holds rows."""
        whole = self.capsule is None or self.capsule.manifest.tables
        return not whole and holds_rows(artifact)

    def parent(self, run: Run) -> Run:
        """The run that what is done again belongs to: this one, or one for it in the own store."""
        if self.capsule is None:
            return run
        return mlflow.MlflowClient().create_run(self.experiment, tags=run.data.tags)


@contextmanager
def opened(of: str) -> Iterator[Opened]:
    """Open what `of` names: a capsule (a file, or its folder), or anything else as it is.

    Raises RepriseError where it names nothing, or a capsule that cannot be read.
    """
    path = Path(of)
    if is_run_id(of) or is_model_uri(of) or (path.is_dir() and not is_archive(path)):
        yield Opened(of)
        return
    if not path.exists():
        raise RepriseError(
            f"of must be a run id, a runs:/ or models:/ URI, a capsule or a folder, got '{of}'"
            f"{not_found(of)}"
        )
    with scratch() as name, open_archive(path) as archive:
        folder = Path(name)
        manifest, sealed, problems = _read(archive)
        found = _unlike(archive, manifest, folder)
        record = _record(archive, manifest)
        with separate_store(folder / "store") as experiment:
            try:
                uri = restore(record, manifest, folder / RUNS, experiment)
            except _UNSOUND as error:
                raise _no_capsule(path, f"a record that is not sound: {error!r:.200}") from None
            told = (*problems, *found)
            yield Opened(uri, Capsule(path, manifest, sealed, told, archive, folder), experiment)


def _read(archive: Archive) -> tuple[Manifest, bytes | None, list[str]]:
    """The manifest, as it was signed where it was, and what is wrong with that."""
    plain = archive.read(MANIFEST, _LARGEST_STATEMENT)
    sealed = archive.read(MANIFEST_ENVELOPE, _LARGEST_STATEMENT)
    if sealed is None and MANIFEST_ENVELOPE in archive.sizes:
        sealed = b""  # a damaged one is none
    problems, envelope = [], None
    if sealed is not None:
        with suppress(ValueError):  # of which capsule_checks speaks
            envelope = Envelope.parse(sealed)
    if envelope is not None and envelope.payload != plain:
        problems.append(f"{MANIFEST} was changed: it is not what {MANIFEST_ENVELOPE} holds")
    statement = plain if envelope is None else envelope.payload
    if statement is None:
        raise _no_capsule(archive.path, f"no {MANIFEST}, or a damaged one")
    try:
        return Manifest.parse(statement), sealed, problems
    except ValueError as error:
        raise _no_capsule(archive.path, f"a {MANIFEST} that is none ({error})") from None


def _unlike(archive: Archive, manifest: Manifest, folder: Path) -> list[str]:
    """Copy the artifacts of runs; phrases for members that are not as the manifest has them."""
    found = []
    for name, digest in manifest.members.items():
        if name not in archive.sizes:
            found.append(f"{name} is missing")
            continue
        target = folder / name if name.startswith(f"{RUNS}/") else None
        present = archive.copy(name) if target is None else _extract(archive, name, target)
        if present != digest:
            found.append(f"{name} {'is damaged' if present is None else 'was changed'}")
    expected = {*manifest.members, MANIFEST, MANIFEST_ENVELOPE}
    return found + [f"{name} is new" for name in archive.sizes if name not in expected]


def _extract(archive: Archive, name: str, target: Path) -> str | None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        return archive.copy(name, file)


def _record(archive: Archive, manifest: Manifest) -> Record:
    """What the certificate says: as it was signed, or where that is spoilt, as it is beside that.

    That one of them was changed, verify says.
    """
    why = "its file is missing or damaged"
    for statement in _statements(archive, manifest):
        try:
            record = record_in(statement)
        except UnsoundStatement as error:
            why = str(error)
            continue
        if record["decision"]["run"] == manifest.certificate:
            return record
        why = "it is that of another run"
    raise _no_capsule(archive.path, f"a certificate that is not sound: {why}")


def _statements(archive: Archive, manifest: Manifest) -> Iterator[bytes]:
    for file in (ENVELOPE, PROVENANCE):
        name = of_run(manifest.certificate, file)
        content = archive.read(name, _LARGEST_STATEMENT) if name in manifest.members else None
        if content is not None:
            with suppress(ValueError):
                yield Envelope.parse(content).payload if file == ENVELOPE else content


def _no_capsule(path: Path, got: str) -> RepriseError:
    return RepriseError(
        f"a capsule must be one that `export` has written, got '{path}' with {got}: "
        "have it exported, or sent, anew"
    )
