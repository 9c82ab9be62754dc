"""What a reproduction found, as a statement to sign: https://slsa.dev/verification_summary/v1.

Subjects are the version that was asked for, by its files, and each original run, by the digests of
its outputs.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

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
    level = f"REPRISE_{found.verdict.upper().replace('-', '_')}"
    started = datetime.fromtimestamp(by.info.start_time / 1000, UTC)
    return canonical_json(
        {
            "_type": STATEMENT,
            "subject": [*_version(version), *_runs(found)],
            "predicateType": PREDICATE,
            "predicate": {
                "verifier": {"id": _VERIFIER},
                "timeVerified": f"{started:%Y-%m-%dT%H:%M:%SZ}",
                "resourceUri": found.of,
                "policy": {"uri": _POLICY, "annotations": {"tolerance": repr(found.tolerance)}},
                "inputAttestations": list(_certificate(version)),
                "verificationResult": "PASSED" if passed else "FAILED",
                "verifiedLevels": [level] if passed else ["FAILED"],
                "reprise_reproduction": {
                    "run": by.info.run_id,
                    "sha256": hashlib.sha256(report).hexdigest(),
                },
            },
        }
    )


def _version(version: ModelVersion | None) -> Iterator[dict[str, Any]]:
    """The version by one digest of all its files, as its certificate has it."""
    if version is not None:
        uri = f"models:/{version.name}/{version.version}"
        with suppress(mlflow.MlflowException, OSError):  # its files are gone, which has been said
            yield {"name": uri, "digest": {"sha256": ModelFiles.behind(uri).digest}}


def _runs(found: Reproduction) -> Iterator[dict[str, Any]]:
    for run_id in dict.fromkeys(step.original for step in found.steps):
        outputs = Recorded(mlflow.get_run(run_id)).outputs
        yield {"name": f"runs:/{run_id}", "digest": {"repriseOutputs": digest_json(outputs)}}


def _certificate(version: ModelVersion | None) -> Iterator[dict[str, Any]]:
    """The certificate of the version, where it has one."""
    uri = "" if version is None else version.tags.get(CERTIFICATE_TAG, "")
    with suppress(RepriseError, mlflow.MlflowException):
        content = read_bytes(mlflow.get_run(parse_run_uri(uri)[0]), PROVENANCE)
        if content is not None:
            yield {"uri": uri, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}
