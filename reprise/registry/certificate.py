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

from reprise.provenance.in_toto import UnsoundStatement, record_in, statement_of
from reprise.provenance.seals import log_sealed
from reprise.provenance.signing import Envelope, PublicKeys, SigningKey
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
    CACHED_FROM_TAG,
    CERTIFICATE_TAG,
    DECIDED_TAG,
    ENVELOPE,
    MODEL_NAME_TAG,
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
    """What a `register` run has left as the certificate of a version.

    `record` is what it says, None where it says nothing sound; `problems` are phrases for what is
    wrong with it. `is_signed` says whether there is an envelope, `signed` whether one of the keys
    that were asked for has signed it. `told` are name and version by the tags of the run.
    """

    run_id: str
    record: Mapping[str, Any] | None
    is_signed: bool
    signed: bool
    signers: str
    told: tuple[str, str]
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: Run, keys: PublicKeys | None) -> Self | None:
        """The one that a run has left, held against keys; None where it has left none."""
        statement, sealed = read_bytes(run, PROVENANCE), read_bytes(run, ENVELOPE)
        tags = run.data.tags
        if statement is None and sealed is None and SEAL_PREFIX + PROVENANCE not in tags:
            return None
        problems, envelope = [], None
        if sealed is not None:
            try:
                envelope = Envelope.parse(sealed)
            except ValueError as error:
                problems.append(f"{ENVELOPE} was changed ({error})")
        elif SEAL_PREFIX + ENVELOPE in tags:
            problems.append(f"{ENVELOPE} is missing")
        signed = envelope is not None and keys is not None and envelope.is_signed_by(keys)
        if keys is not None and envelope is not None and not signed:
            problems.append(unsigned_by(ENVELOPE, keys, envelope))
        content = statement if envelope is None else envelope.payload
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
        signers = envelope.signers if envelope else "none"
        named = (str(run.info.run_id), record, sealed is not None, signed, signers, told)
        return cls(*named, tuple(problems))

    @property
    def of_version(self) -> tuple[str, str]:
        """Name and version that it is of: as it says, or where it says nothing, as its run does."""
        if self.record is None:
            return self.told
        return self.record["version"]["name"], self.record["version"]["number"]

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
    run = mlflow.get_run(active_run().info.run_id)
    version = client.get_model_version(name, number)
    statement = statement_of(_record(run, version, behind))
    files = {PROVENANCE: statement}
    if key is not None:
        files[ENVELOPE] = key.seal(statement)
    log_sealed(files)
    uri = run_uri(run.info.run_id, PROVENANCE)
    if key is not None or CERTIFICATE_TAG not in version.tags:
        client.set_model_version_tag(name, number, CERTIFICATE_TAG, uri)
    by = f"signed by key {key.id[:12]}" if key else "not signed: REPRISE_SIGNING_KEY is not set"
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
        key=lambda each: (each.of_version == named, each.signed, each.is_signed, *each.decided),
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


def _record(run: Run, version: ModelVersion, behind: Behind) -> dict[str, Any]:
    maker = str(version.run_id)
    if maker not in behind.runs:  # the model of an earlier version, which it stays
        behind = behind.and_of(maker)
    behind = behind.and_as_it_is(run)
    tags, files = run.data.tags, behind.files
    return {
        "version": record_of_version(version, model_files(files.get(maker, {}))),
        "decision": {
            "run": run.info.run_id,
            "alias": tags[ALIAS_TAG],
            "decided": tags[DECIDED_TAG],
            "reason": tags[REASON_TAG],
            "gate": run.data.params.get("gate", "none"),
            "promote": run.data.params.get("promote", ""),
        },
        "runs": {
            run_id: record_of_run(each, files[run_id]) for run_id, each in behind.runs.items()
        },
        "gone": dict.fromkeys(behind.gone, "not in the store when this was signed"),
    }


def unsigned_by(name: str, keys: PublicKeys, envelope: Envelope) -> str:
    """What there is to say of an envelope, called `name`, that none of these keys has signed."""
    return (
        f"{name} is not signed by {keys.ids} (its signature names {envelope.signers}): "
        "it was changed, or another key signed it"
    )
