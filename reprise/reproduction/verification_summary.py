"""What a reproduction found, as a statement to sign: https://slsa.dev/verification_summary/v1.

Subjects are the version that was asked for, by its files, and each original run, by the digests of
its outputs.
"""

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import mlflow
from mlflow.entities import Run

from reprise.data.digests import canonical_json, digest_json
from reprise.errors import RepriseError
from reprise.provenance.in_toto import STATEMENT
from reprise.provenance.model_files import ModelFiles
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction.verdict import Reproduction
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import CERTIFICATE_TAG, PROVENANCE
from reprise.tracking.runs import registered_version
from reprise.tracking.uris import parse_run_uri

PREDICATE = "https://slsa.dev/verification_summary/v1"
_VERIFIER, _POLICY = "urn:reprise:reproduce", "urn:reprise:reproduce:1"


def summary_of(found: Reproduction, by: Run, report: bytes) -> bytes:
    """The statement in canonical JSON; `report` is the reproduction.json of the run `by`."""
    version = registered_version(found.of)
    passed = found.verdict != "different"
    started = datetime.fromtimestamp(by.info.start_time / 1000, UTC)
    subjects = [f"models:/{version.name}/{version.version}"] if version else []
    subjects += dict.fromkeys(f"runs:/{step.original}" for step in found.steps)
    certificate = version.tags.get(CERTIFICATE_TAG, "") if version else ""
    return canonical_json(
        {
            "_type": STATEMENT,
            "subject": [each for each in map(described, subjects) if each],
            "predicateType": PREDICATE,
            "predicate": {
                "verifier": {"id": _VERIFIER},
                "timeVerified": f"{started:%Y-%m-%dT%H:%M:%SZ}",
                "resourceUri": found.of,
                "policy": {"uri": _POLICY, "annotations": {"tolerance": repr(found.tolerance)}},
                "inputAttestations": [each for each in [attested(certificate)] if each],
                "verificationResult": "PASSED" if passed else "FAILED",
                "verifiedLevels": levels(found.verdict),
                "reprise_reproduction": {
                    "run": by.info.run_id,
                    "sha256": hashlib.sha256(report).hexdigest(),
                },
            },
        }
    )


def levels(verdict: str) -> list[str]:
    """A verdict of `reproduce` in the words of the predicate."""
    if verdict == "different":
        return ["FAILED"]
    return [f"REPRISE_{verdict.upper().replace('-', '_')}"]


def described(uri: str) -> dict[str, Any] | None:
    """A version by one digest of its files, a run by that of its outputs; None: it is gone."""
    with suppress(mlflow.MlflowException, OSError):
        if uri.startswith("models:/"):
            return {"name": uri, "digest": {"sha256": ModelFiles.behind(uri).digest}}
        outputs = Recorded(mlflow.get_run(uri.removeprefix("runs:/"))).outputs
        return {"name": uri, "digest": {"repriseOutputs": digest_json(outputs)}}
    return None


def attested(uri: str) -> dict[str, Any] | None:
    """The certificate at a runs:/ URI; None where there is none."""
    with suppress(RepriseError, mlflow.MlflowException):
        content = read_bytes(mlflow.get_run(parse_run_uri(uri)[0]), PROVENANCE)
        if content is not None:
            return {"uri": uri, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}
    return None
