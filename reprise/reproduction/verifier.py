"""Holds a version against its certificate: signature, files, runs, tags, aliases."""

from dataclasses import replace

import mlflow
from mlflow.entities.model_registry import ModelVersion

from reprise.errors import RepriseError
from reprise.provenance.in_toto import Record
from reprise.provenance.merkle import facts
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.recorded_run import Recorded
from reprise.provenance.stored_record import MAIN, Behind
from reprise.registry.certificate import (
    Certificate,
    aliases_said,
    certificate_of,
    certificates,
)
from reprise.registry.trust import NOBODY
from reprise.registry.versions import CHALLENGER, CHAMPION
from reprise.reproduction.capsule.capsule_checks import UNSIGNED, capsule_notes, capsule_problems
from reprise.reproduction.capsule.opened import Opened, opened
from reprise.reproduction.integrity import model_problems, record_problems
from reprise.reproduction.model_folder import folder_problems, is_model_folder, version_of_folder
from reprise.reproduction.plan import REGISTER
from reprise.reproduction.signed_record import run_differences, version_differences
from reprise.reproduction.signed_verdict import verify_verdict
from reprise.reproduction.verification import Verification
from reprise.tracking.contract import (
    CERTIFICATE_TAG,
    ENVELOPE,
    MODEL_NAME_TAG,
    PROVENANCE,
    VERSION_TAG,
)
from reprise.tracking.runs import named_run, registered_version
from reprise.tracking.uris import alias_in, is_model_uri, is_run_id, parse_run_uri, run_uri

_REPRODUCE = "reproduce"
_BEFORE = "it has no certificate: it was registered by an earlier Reprise, or by something else"
_NO_KEY = "it is signed, but no key was given to check the signature with (key=<public key>)"
_NO_SIGNATURE = "its certificate has no signature: register had no key (REPRISE_SIGNING_KEY)"


def verify(of: str, key: str) -> Verification:
    """What is signed of a version, and whether it still is so: neither trained, loaded nor run.

    `of` names the version, a run of `main` or `register` that made it, a capsule, or a folder with
    its model; of a run of `reproduce`, its verdict. `key` is a file with public keys, or none.
    Raises RepriseError where `of` names nothing of the kind, or the file holds no key.
    """
    with opened(of) as place:
        return replace(verify_opened(place, key), of=of)


def verify_opened(place: Opened, key: str) -> Verification:
    """The same of what is open already."""
    keys = None if key == NOBODY else PublicKeys.read(key, "key")
    of, capsule = place.name, place.capsule
    if is_run_id(of) and Recorded(run := named_run(of, "of")).entry_point == _REPRODUCE:
        return verify_verdict(of, run, keys)
    version = _version_behind(of)
    pointed = version.tags.get(CERTIFICATE_TAG, "")
    ids = None if keys is None else keys.ids
    found = certificates(version.name, keys, *_run_in(pointed))
    own = certificate_of(found, version)
    uri = f"models:/{version.name}/{version.version}"
    if own is None:
        problems = _problems_without(uri, version)
        return Verification(of, uri, ids, "none", None, _BEFORE, problems, [])
    problems = [f"certificate of run {own.run_id}: {phrase}" for phrase in own.flaws]
    if own.of_version != (version.name, str(version.version)):
        named = "models:/{}/{}".format(*own.of_version)
        problems.append(f"certificate of run {own.run_id}: it is that of {named}")
    checked = {}
    if own.record is not None:
        problems += version_differences(own.record, version)
        problems += run_differences(own.record, place.left_out)
        problems += folder_problems(of, own.record)
        checked = _counted(own.record)
    problems += _pointer_problems(found, version, pointed)
    problems += _other_problems(found, own)
    if capsule is not None:
        problems = [*capsule_problems(capsule, keys, own.record), *problems]
    else:
        # Of a version that nobody signed, no more is asked than that it says one thing everywhere.
        counting = [each for each in found if each.signed or not own.signed]
        problems += _alias_problems(counting, version)
    why = None if own.signed else _NO_KEY if own.sealed.exists else _NO_SIGNATURE
    if why is None and capsule is not None and capsule.sealed is None:
        why = UNSIGNED
    notes = _notes(of, version, found, own, keys) + (capsule_notes(capsule) if capsule else [])
    return Verification(of, uri, ids, own.sealed.signers, own.run_id, why, problems, notes, checked)


def _version_behind(of: str) -> ModelVersion:
    if is_model_folder(of):
        return version_of_folder(of)
    if is_model_uri(of) and (version := registered_version(of)) is not None:
        return version
    run = Recorded(named_run(of, "of"))
    if run.entry_point == MAIN:
        run = run.children.get(REGISTER, run)
    run = Recorded.behind(run.run)
    tags = run.run.data.tags
    if run.entry_point != REGISTER or VERSION_TAG not in tags:
        raise RepriseError(
            "of must be a version, a run of main or register that made one, a run of reproduce, a "
            f"capsule, or a folder with a model, got '{of}': give models:/<name>@champion, "
            "models:/<name>/<version>, or one of these"
        )
    uri = f"models:/{tags.get(MODEL_NAME_TAG, '')}/{tags[VERSION_TAG]}"
    version = registered_version(uri)
    if version is None:
        raise RepriseError(
            f"of must lead to a version in the registry, got run '{of}' of '{uri}', which is not "
            "there: it was deleted, or the tags of the run were edited"
        )
    return version


def _run_in(pointed: str) -> tuple[str, ...]:
    try:
        return (parse_run_uri(pointed)[0],)
    except RepriseError:
        return ()


def _problems_without(uri: str, version: ModelVersion) -> list[str]:
    """What of a version and the runs behind it is not as it was sealed, where nothing is signed."""
    found = model_problems(uri, version)
    try:
        behind = Behind.of(mlflow.get_run(version.run_id or "")).runs.values()
    except (mlflow.MlflowException, RepriseError):
        return found
    for step in map(Recorded, behind):
        if step.entry_point != MAIN:
            found += [f"{step.entry_point} run {step.id}: {what}" for what in record_problems(step)]
    return found


def _pointer_problems(found: list[Certificate], version: ModelVersion, pointed: str) -> list[str]:
    """The tag of a version leads to one of its certificates."""
    named = str(version.name), str(version.version)
    known = {run_uri(each.run_id, PROVENANCE) for each in found if each.of_version == named}
    if pointed in known:
        return []
    uri = "models:/{}/{}".format(*named)
    if not pointed:
        return [f"{uri}: tag {CERTIFICATE_TAG} is missing"]
    return [f"{uri}: tag {CERTIFICATE_TAG} was edited, {pointed} is no certificate of it"]


def _other_problems(found: list[Certificate], own: Certificate) -> list[str]:
    """What is wrong with certificates of other versions, whose say in the aliases it takes away."""
    return [
        f"certificate of run {each.run_id} ({'/'.join(each.told)}): {phrase}"
        for each in found
        if each is not own
        for phrase in each.problems
    ]


def _alias_problems(found: list[Certificate], version: ModelVersion) -> list[str]:
    """Aliases of this version, or that were signed to be, that point elsewhere than was signed."""
    said = aliases_said(found, version.name)
    number, problems = str(version.version), []
    present = mlflow.MlflowClient().get_registered_model(version.name).aliases
    for alias in (CHAMPION, CHALLENGER):
        now, signed = present.get(alias), said.get(alias)
        now = None if now is None else str(now)
        if now != signed and number in (now, signed):
            here = f"points to version {now}" if now else "is missing"
            there = f"version {signed}" if signed else "no version"
            problems.append(f"alias {alias} of {version.name} {here}, by the certificates {there}")
    return problems


def _notes(
    of: str,
    version: ModelVersion,
    found: list[Certificate],
    own: Certificate,
    keys: PublicKeys | None,
) -> list[str]:
    notes = [f"certificate: {run_uri(own.run_id, PROVENANCE)}"]
    if own.signed and keys is not None:
        notes.append(f"signed by a key in {keys.path} ({keys.ids})")
    alias = alias_in(of)
    if alias not in (None, CHAMPION, CHALLENGER):
        notes.append(f"alias {alias} is not set by register: nothing signed says where it points")
    if own.record is not None:
        notes += [f"{name} was gone already when it was signed" for name in own.record["gone"]]
    for each in found:
        if own.signed and not each.signed and not each.problems and each.decided > own.decided:
            notes.append(
                f"run {each.run_id} has decided on version {each.of_version[1]} later, without "
                f"{ENVELOPE}: it does not count"
            )
    return notes


def _counted(record: Record) -> dict[str, int]:
    files = sum(len(run["files"]) for run in record["runs"].values())
    return {
        "runs": len(record["runs"]),
        "files": files + len(record["version"]["files"]),
        "facts": len(list(facts(record))),
    }
