"""What there is to check of a capsule beside the certificate that is in it."""

import mlflow

from reprise.errors import RepriseError
from reprise.provenance.in_toto import Record
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.signed_artifact import SignedArtifact
from reprise.reproduction.capsule.opened import Capsule
from reprise.reproduction.source_data import fetch_again
from reprise.tracking.contract import CAPSULE_PAGE, INPUT_DATA_TAG, MANIFEST_ENVELOPE

UNSIGNED = (
    f"the certificate is signed, but not the capsule, whose {CAPSULE_PAGE} may say anything: "
    "export had no key (REPRISE_SIGNING_KEY)"
)


def capsule_problems(capsule: Capsule, keys: PublicKeys | None, record: Record | None) -> list[str]:
    """Phrases for members that are not as they were exported, or not what the certificate says."""
    sealed = SignedArtifact.held(MANIFEST_ENVELOPE, capsule.sealed, keys, expected=False)
    problems = [*capsule.problems, *sealed.problems, *([sealed.lapsed] if sealed.lapsed else [])]
    for run_id, said in record["runs"].items() if record else ():
        if said["step"] == "prepare":
            problems += _data_problems(Recorded(mlflow.get_run(run_id)), said["tags"])
    return problems


def capsule_notes(capsule: Capsule) -> list[str]:
    """What else there is to know of a capsule."""
    notes = [f"capsule: {capsule.path}, {len(capsule.manifest.members)} members"]
    if not capsule.manifest.tables:
        notes.append("it was exported without tables: files with rows are known by digests only")
    notes.append("which version is champion by now, only the registry says")
    return notes


def _data_problems(prepare: Recorded, tags: Record) -> list[str]:
    """Whether the copy of the raw table, where there is one, is the one that was read."""
    if prepare.kept_data is None:
        return []
    try:
        found = fetch_again(prepare).found
    except (RepriseError, OSError, ValueError):
        found = None
    if found == tags.get(INPUT_DATA_TAG):
        return []
    return [f"prepare run {prepare.id}: the raw table is not the one that was read"]
