"""What a step is: the digest of all that its result depends on, and nothing else."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import mlflow

from reprise.lineage.code import modules_of, reachable_code
from reprise.lineage.digests import digest_json
from reprise.lineage.environment import lock_digest
from reprise.lineage.uris import is_run_id, parse_run_uri
from reprise.raw.fetching import digest_source

TAG = "reprise.fingerprint"
ARTIFACT = "fingerprint.json"
# They decide where and how fast work is done, not what comes out.
WITHOUT_EFFECT = ("workers", "scheduler")


@dataclass(frozen=True)
class Fingerprint:
    """The parts of a step's identity.

    `parameters` are typed, so 1e-3 and 0.001 are the same; those that name an input stand in
    `inputs` by the input's digest. `code` has a sha256 per reachable module.
    """

    entry_point: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    code: dict[str, str]
    lock: str
    python: str

    @property
    def digest(self) -> str:
        """sha256 over all parts."""
        return digest_json(asdict(self))

    def to_json(self) -> dict[str, Any]:
        """The parts as JSON values."""
        return asdict(self)


def fingerprint(entry_point: str, parameters: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint of a step with these typed parameters, its inputs existing already."""
    inputs: dict[str, str] = {}
    if "data" in parameters:
        inputs["data"] = digest_source(parameters["data"])
    if "table" in parameters:
        inputs["table"] = _output_digest(parse_run_uri(parameters["table"])[0], "table")
    if "candidates" in parameters:
        runs = parameters["candidates"].split(",")
        inputs["candidates"] = digest_json(
            [[_output_digest(run, output) for output in ("model", "recipe")] for run in runs]
        )
    plain = {
        name: value
        for name, value in parameters.items()
        if name not in inputs and name not in WITHOUT_EFFECT
    }
    return Fingerprint(
        entry_point,
        plain,
        inputs,
        reachable_code(*modules_of(entry_point, parameters)),
        lock_digest(),
        ".".join(platform.python_version_tuple()[:2]),
    )


def log_fingerprint(run_id: str, identity: Fingerprint) -> None:
    """Record what a run is, so that a later `main` can reuse its result."""
    client = mlflow.MlflowClient()
    client.set_tag(run_id, TAG, identity.digest)
    client.log_dict(run_id, identity.to_json(), ARTIFACT)


def _output_digest(run_id: str, output: str) -> str:
    if not is_run_id(run_id):
        return ""
    try:
        return str(mlflow.get_run(run_id).data.tags.get(f"reprise.digest.{output}", ""))
    except mlflow.MlflowException:
        return ""
