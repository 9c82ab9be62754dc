"""What a step is: the digest of all that its result depends on, and nothing else."""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import mlflow

from reprise.data.contracts.contract_source import NONE, contract_digest
from reprise.data.digests import digest_json
from reprise.data.inputs import look_up
from reprise.data.read_options import NO_QUERY
from reprise.errors import RepriseError
from reprise.provenance.code import modules_of, reachable_code
from reprise.provenance.environment import lock_digest, unlike_lock
from reprise.provenance.level_in_force import level_in_force
from reprise.tracking.contract import (
    DIGEST_PREFIX,
    FINGERPRINT,
    FINGERPRINT_TAG,
    MODEL_DIGEST_TAG,
    RECIPE_DIGEST_TAG,
)
from reprise.tracking.parameter_roles import WITHOUT_EFFECT
from reprise.tracking.runs import named_run
from reprise.tracking.uris import is_run_id, is_version_uri, parse_run_uri


@dataclass(frozen=True)
class Fingerprint:
    """The parts of a step's identity.

    `parameters` are typed, so 1e-3 and 0.001 are the same; those that name an input stand in
    `inputs` by the input's digest. `code` has a sha256 per reachable module. `installed` are
    packages that are not as in the lock; `level` is that of the instructions that compute.
    """

    entry_point: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    code: dict[str, str]
    lock: str
    python: str
    installed: tuple[str, ...] = ()
    level: str = ""

    @property
    def digest(self) -> str:
        """sha256 over all parts."""
        return digest_json(asdict(self))

    def to_json(self) -> dict[str, Any]:
        """The parts as JSON values."""
        return asdict(self)


def fingerprint(
    entry_point: str, parameters: Mapping[str, Any], read: Mapping[str, str] | None = None
) -> Fingerprint:
    """The fingerprint of a step with these typed parameters, its inputs existing already.

    `read` are the digests of the raw table, and of its contract where it has one, once these have
    been read.
    """
    inputs: dict[str, str] = dict(read or {})
    if read is None and "data" in parameters:
        inputs["data"] = look_up(parameters["data"], parameters.get("query", NO_QUERY)).digest
        if contract := contract_digest(parameters.get("contract", NONE)):
            inputs["contract"] = contract
    if "table" in parameters:
        inputs["table"] = _output_digest(parse_run_uri(parameters["table"])[0], "table")
    if "candidates" in parameters:
        names = parameters["candidates"].split(",")
        inputs["candidates"] = digest_json([_candidate(name.strip()) for name in names])
    plain = {
        name: value
        for name, value in parameters.items()
        if name not in (*inputs, *WITHOUT_EFFECT, "contract")
    }
    return Fingerprint(
        entry_point,
        plain,
        inputs,
        reachable_code(*modules_of(entry_point, parameters)),
        lock_digest(),
        ".".join(platform.python_version_tuple()[:2]),
        unlike_lock(),
        level_in_force(),
    )


def log_fingerprint(run_id: str, identity: Fingerprint) -> None:
    """Record what a run is, so that a later `main` can reuse its result."""
    client = mlflow.MlflowClient()
    client.set_tag(run_id, FINGERPRINT_TAG, identity.digest)
    client.log_dict(run_id, identity.to_json(), FINGERPRINT)


def _candidate(name: str) -> list[str]:
    """What a candidate is, whatever names it; a version is taken as it is, a run fitted again.

    Of one that does not exist, the step itself will say so.
    """
    try:
        tags = named_run(name, "candidates").data.tags
    except RepriseError:
        return [name]
    digests = [tags.get(tag, "") for tag in (MODEL_DIGEST_TAG, RECIPE_DIGEST_TAG)]
    return [*digests, name if is_version_uri(name) else ""]


def _output_digest(run_id: str, output: str) -> str:
    if not is_run_id(run_id):
        return ""
    try:
        return str(mlflow.get_run(run_id).data.tags.get(f"{DIGEST_PREFIX}{output}", ""))
    except mlflow.MlflowException:
        return ""
