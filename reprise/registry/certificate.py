"""The certificate of a version: what it was made of and why its alias is where it is, signed.

`register` leaves it as `provenance.json`, and where it has a key, signed as `provenance.dsse.json`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.utils.mlflow_tags import MLFLOW_PROJECT_ENTRY_POINT

from reprise.provenance.bill_of_materials import bill_of_materials
from reprise.provenance.dsse import Envelope
from reprise.provenance.environment import read_lock
from reprise.provenance.in_toto import UnsoundStatement, record_in, statement_of
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.seals import log_sealed
from reprise.provenance.signed_artifact import SignedArtifact
from reprise.provenance.signing import SigningKey, own_key
from reprise.provenance.stored_record import (
    Behind,
    model_files,
    record_of_run,
    record_of_version,
)
from reprise.registry.versions import CHALLENGER, CHAMPION
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import (
    ALIAS_TAG,
    BILL_OF_MATERIALS,
    CACHED_FROM_TAG,
    CERTIFICATE_TAG,
    DECIDED_TAG,
    ENVELOPE,
    MODEL_NAME_TAG,
    MODEL_SIGNATURE,
    PROVENANCE,
    REASON_TAG,
    SEAL_PREFIX,
    VERSION_TAG,
)
from reprise.tracking.runs import active_run
from reprise.tracking.uris import run_uri

_REGISTER = "register"


@dataclass(frozen=True)
class Certificate:
    """What a `register` run has left as the certificate of a version, and its envelope, `sealed`.

    `record` is what it says, None where it says nothing sound; `problems` are phrases for what is
    wrong with it. `told` are name and version by the tags of the run.
    """

    run_id: str
    record: Mapping[str, Any] | None
    sealed: SignedArtifact
    told: tuple[str, str]
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: Run, keys: PublicKeys | None) -> Self | None:
        """The one that a run has left, held against keys; None where it has left none."""
        statement, sealed = read_bytes(run, PROVENANCE), SignedArtifact.of(run, ENVELOPE, keys)
        tags = run.data.tags
        if statement is None and not sealed.exists and SEAL_PREFIX + PROVENANCE not in tags:
            return None
        problems = [*sealed.problems]
        content = statement if sealed.envelope is None else sealed.envelope.payload
        if statement is None:
            problems.append(f"{PROVENANCE} is missing")
        elif statement != content:
            problems.append(f"{PROVENANCE} was changed: it is not what {ENVELOPE} holds")
        record = None
        try:
            record = record_in(content or b"")
        except UnsoundStatement as why:
            problems.append(f"{PROVENANCE} {why}")
        told = tags.get(MODEL_NAME_TAG, ""), tags.get(VERSION_TAG, "")
        return cls(str(run.info.run_id), record, sealed, told, tuple(problems))

    @property
    def signed(self) -> bool:
        """Whether one of the keys that were asked for, and that counts now, has signed it."""
        return self.sealed.signed

    @property
    def of_version(self) -> tuple[str, str]:
        """Name and version that it is of: as it says, or where it says nothing, as its run does."""
        if self.record is None:
            return self.told
        return self.record["version"]["name"], self.record["version"]["number"]

    @property
    def flaws(self) -> tuple[str, ...]:
        """All that keeps it from being the certificate of its version."""
        return (*self.problems, *([self.sealed.lapsed] if self.sealed.lapsed else []))

    @property
    def decided(self) -> tuple[int, int]:
        """When its alias was decided, to be compared with that of others; the version of equals."""
        if self.record is None:
            return 0, 0
        return int(self.record["decision"]["decided"]), int(self.record["version"]["number"])


def certify(name: str, number: str, behind: Behind, key: SigningKey | None) -> str:
    """Leave the certificate of a version that the active run has registered; a line that says so.

    `behind` are the runs that it was made from. A version that has been signed keeps the tag that
    leads to its certificate where there is no key now.
    """
    client = mlflow.MlflowClient()
    version = client.get_model_version(name, number)
    run_id, maker = active_run().info.run_id, str(version.run_id)
    behind = behind.and_as_it_is(mlflow.get_run(run_id))
    if maker not in behind.runs:  # the model of an earlier version, which it stays
        behind = behind.and_of(maker)
    model = model_files(behind.files.get(maker, {}))
    log_sealed(_beside(version, model, key))
    run = mlflow.get_run(run_id)
    statement = statement_of(_record(run, version, model, behind.and_as_it_is(run)))
    files = {PROVENANCE: statement}
    if key is not None:
        files[ENVELOPE] = key.seal(statement)
    log_sealed(files)
    uri = run_uri(run.info.run_id, PROVENANCE)
    if key is not None or CERTIFICATE_TAG not in version.tags:
        client.set_model_version_tag(name, number, CERTIFICATE_TAG, uri)
    by = f"signed by key {key.id[:12]}" if key else "not signed: REPRISE_SIGNING_KEY is not set"
    if key is not None and key.of_models is None:
        by += f", without {MODEL_SIGNATURE}: its file has no ECDSA key"
    return f"certificate: {uri} ({by})"


def certificates(name: str, keys: PublicKeys | None, *more: str) -> list[Certificate]:
    """All that `register` has left for versions of `name`, and those of the runs called `more`."""
    quoted = name.replace("'", "''")
    found: list[Run] = mlflow.search_runs(
        search_all_experiments=True,
        filter_string=f"tags.`{MODEL_NAME_TAG}` = '{quoted}' "
        f"AND tags.`{MLFLOW_PROJECT_ENTRY_POINT}` = '{_REGISTER}'",
        output_format="list",
    )
    runs = {run.info.run_id: run for run in found if CACHED_FROM_TAG not in run.data.tags}
    for run_id in more:
        if run_id not in runs:
            try:
                runs[run_id] = mlflow.get_run(run_id)
            except mlflow.MlflowException:
                continue
    opened = (Certificate.of(run, keys) for run in runs.values())
    return [each for each in opened if each is not None]


def certificate_of(found: Iterable[Certificate], version: ModelVersion) -> Certificate | None:
    """The latest of a version, of those that are signed where one is; None where there is none."""
    named = str(version.name), str(version.version)
    own = [each for each in found if named in (each.of_version, each.told)]
    return max(
        own,
        key=lambda each: (each.of_version == named, each.signed, each.sealed.exists, *each.decided),
        default=None,
    )


def aliases_said(found: Iterable[Certificate], name: str) -> dict[str, str]:
    """Where the aliases of a model point by what certificates say, the later over the earlier."""
    said: dict[str, str] = {}
    told = [each for each in found if each.record and each.of_version[0] == name]
    for each in sorted(told, key=lambda each: each.decided):
        alias, number = (each.record or {})["decision"]["alias"], each.of_version[1]
        if alias == CHAMPION and said.get(CHALLENGER) == number:
            del said[CHALLENGER]
        said[alias] = number
    return said


def unsigned_since(run: Run) -> str | None:
    """Why a run of `register` does not do now: it lacks the signature of the key there is."""
    key = own_key()
    if key is None:
        return None
    try:
        signed = key.has_signed(Envelope.parse(read_bytes(run, ENVELOPE) or b""))
    except ValueError:
        signed = False
    return None if signed else f"it is not signed by key {key.id[:12]}"


def _beside(
    version: ModelVersion, model: Mapping[str, str], key: SigningKey | None
) -> dict[str, bytes]:
    """What goes with the certificate of a version, and is named in it."""
    name, number = str(version.name), str(version.version)
    found = {BILL_OF_MATERIALS: bill_of_materials(name, number, read_lock())}
    signature = key.sign_model(f"models:/{name}/{number}", model) if key else None
    return found | ({MODEL_SIGNATURE: signature} if signature else {})


def _record(
    run: Run, version: ModelVersion, model: Mapping[str, str], behind: Behind
) -> dict[str, Any]:
    tags = run.data.tags
    return {
        "version": record_of_version(version, model),
        "decision": {
            "run": run.info.run_id,
            "alias": tags[ALIAS_TAG],
            "decided": tags[DECIDED_TAG],
            "reason": tags[REASON_TAG],
            "gate": run.data.params.get("gate", "none"),
            "promote": run.data.params.get("promote", ""),
        },
        "runs": {
            run_id: record_of_run(each, behind.files[run_id])
            for run_id, each in behind.runs.items()
        },
        "gone": dict.fromkeys(behind.gone, "not in the store when this was signed"),
    }
