"""A version in a file: what its certificate names, after it was held against that."""

from dataclasses import dataclass
from pathlib import Path

import mlflow

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.dsse import Envelope
from reprise.provenance.in_toto import Record, record_in
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.signing import SigningKey
from reprise.registry.trust import NOBODY
from reprise.reproduction.capsule.new_archive import write_archive
from reprise.reproduction.capsule.pack import pack
from reprise.reproduction.capsule.wheels import fetch_wheels
from reprise.reproduction.verifier import verify
from reprise.runtime.scratch import scratch
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import ENVELOPE, PROVENANCE
from reprise.tracking.uris import is_model_uri, is_run_id


@dataclass(frozen=True)
class Exported:
    """A capsule that was written: the URI of its version, its sha256, and what is not in it."""

    version: str
    digest: str
    notes: tuple[str, ...]


def export(of: str, path: Path, tables: bool, wheels: bool, key: SigningKey | None) -> Exported:
    """Write the capsule of the version that `of` names.

    Raises RepriseError where it has no certificate, or is not as that says.
    """
    if not (is_run_id(of) or is_model_uri(of)):
        raise RepriseError(
            f"of must be a version, or a run of main or register that made one, got '{of}': give "
            "models:/<name>@champion, models:/<name>/<version> or such a run"
        )
    found = verify(of, NOBODY)
    if found.problems:
        raise RepriseError(
            f"what is exported must be as its runs left it, got {found.version} "
            f"({listed(found.problems, separator='; ')}): see what verify says of it"
        )
    if found.certificate is None:
        raise RepriseError(
            f"a capsule needs a certificate, got {found.version}, which has none: register its run "
            "again"
        )
    record = _record(found.certificate)
    with scratch() as name:
        folder = Path(name)
        runs = map(Recorded, map(mlflow.get_run, record["runs"]))
        packages = fetch_wheels(runs, folder) if wheels else {}
        packed = pack(record, tables, packages, key, folder)
        digest = write_archive(path, packed.members)
    return Exported(found.version, digest, packed.notes)


def _record(run_id: str) -> Record:
    run = mlflow.get_run(run_id)
    sealed, plain = read_bytes(run, ENVELOPE), read_bytes(run, PROVENANCE)
    return record_in(Envelope.parse(sealed).payload if sealed else plain or b"")
