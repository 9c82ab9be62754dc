"""Holds the signed verdict of a `reproduce` run against the store: is it still of what is there."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from mlflow.entities import Run

from reprise.provenance.in_toto import STATEMENT
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.signed_artifact import SignedArtifact
from reprise.reproduction.verification import Verification
from reprise.reproduction.verification_summary import PREDICATE, attested, described, levels
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import REPRODUCTION, REPRODUCTION_SUMMARY, VERDICT_TAG

_NO_SIGNATURE = "reproduce had no key (REPRISE_SIGNING_KEY), or was an earlier Reprise"
_NO_KEY = "it is signed, but no key was given to check the signature with (key=<public key>)"


def verify_verdict(of: str, run: Run, keys: PublicKeys | None) -> Verification:
    """Whether what a `reproduce` run found was signed, and is of what the store has now."""
    sealed = SignedArtifact.of(run, REPRODUCTION_SUMMARY, keys)
    problems, notes = [*sealed.problems, *([sealed.lapsed] if sealed.lapsed else [])], []
    about, checked = f"runs:/{run.info.run_id}", {}
    if sealed.envelope is not None:
        try:
            statement = json.loads(sealed.envelope.payload)
            found = statement["predicate"]
            problems += _differences(statement, run)
            first = statement["subject"][0]["name"]
            about = first if first.startswith("models:/") else str(found["resourceUri"])
            notes.append(f"it was reproduced: {', '.join(found['verifiedLevels'])}")
            checked = {"subjects": len(statement["subject"])}
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            problems.append(f"{REPRODUCTION_SUMMARY} is no verdict of reproduce ({error!r})")
    why = None if sealed.signed else _NO_KEY if sealed.exists else _NO_SIGNATURE
    named = [f"{REPRODUCTION_SUMMARY} of run {run.info.run_id}: {phrase}" for phrase in problems]
    ids = None if keys is None else keys.ids
    return Verification(
        of,
        about,
        ids,
        sealed.signers,
        run.info.run_id,
        why,
        named,
        notes,
        checked,
    )


def _differences(statement: dict[str, Any], run: Run) -> Iterator[str]:
    """What of the run, and of what it did again, is not as the statement says."""
    found = statement["predicate"]
    if (statement["_type"], statement["predicateType"]) != (STATEMENT, PREDICATE):
        yield f"it is of a kind that is not known here ({statement['predicateType']})"
    report = hashlib.sha256(read_bytes(run, REPRODUCTION) or b"").hexdigest()
    if found["reprise_reproduction"] != {"run": run.info.run_id, "sha256": report}:
        yield f"{REPRODUCTION} was changed, is missing, or is that of another run"
    said = run.data.tags.get(VERDICT_TAG, "")
    if levels(said) != found["verifiedLevels"]:
        yield f"tag {VERDICT_TAG} was edited, {found['verifiedLevels']} -> {said or 'missing'}"
    for each in statement["subject"]:
        if described(each["name"]) != each:
            yield f"{each['name']} is not what was reproduced: it was changed, or is gone"
    for each in found["inputAttestations"]:
        if attested(each["uri"]) != each:
            yield f"the certificate {each['uri']} was changed, or is gone"
