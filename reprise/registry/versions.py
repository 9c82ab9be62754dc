"""Versions of a registered model: where its aliases point, which version a model already is."""

from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from reprise import notes
from reprise.errors import RepriseError
from reprise.lineage.digests import digest_json
from reprise.lineage.files import FILES, changed_file
from reprise.lineage.seals import PREFIX as SEAL
from reprise.registry.candidates import Candidate, Tested
from reprise.registry.refitting import REFIT, fitted_on
from reprise.table import PreparedTable, digest_of

CHAMPION, CHALLENGER = "champion", "challenger"
DIGEST = "reprise.digest.model"


def check_name(name: str) -> None:
    """Raise RepriseError where the registry would refuse `name`."""
    if not name.strip() or any(character in name for character in "/:"):
        raise RepriseError(
            f"model_name must be a name without '/' and ':', got '{name}': choose another"
        )


def state_digest(name: str) -> str:
    """Digest of where the aliases of a registered model point, and of the models there."""
    client = mlflow.MlflowClient()
    try:
        aliases = client.get_registered_model(name).aliases
    except mlflow.MlflowException:
        aliases = {}
    found = {
        alias: [str(number), client.get_model_version(name, number).tags.get(DIGEST, "")]
        for alias, number in aliases.items()
    }
    return digest_json(found)


def changed_since(run: Run) -> str | None:
    """Say what is no longer as a `register` run left it; None where nothing is."""
    tags = run.data.tags
    if tags.get("reprise.digest.registry") != state_digest(tags.get("reprise.model_name", "")):
        return "the registry has changed since"
    own = changed_file(run) if f"{SEAL}{FILES}" in tags else None
    return own or changed_file(mlflow.get_run(tags["reprise.candidate"]))


def present_champion(client: Any, name: str) -> ModelVersion | None:
    """The version with the alias champion, None where there is none."""
    try:
        return client.get_model_version_by_alias(name, CHAMPION)
    except mlflow.MlflowException:
        return None


def same_version(client: Any, name: str, candidate: Candidate) -> ModelVersion | None:
    """The oldest version that holds the same model, its files as they were."""
    digest = candidate.digest
    quoted = name.replace("'", "''")
    found = client.search_model_versions(f"name = '{quoted}' AND tags.`{DIGEST}` = '{digest}'")
    for version in sorted(found, key=lambda version: int(version.version)):
        if changed_file(mlflow.get_run(version.run_id)) is None:
            return version
    return None


def create_version(
    client: Any, candidate: Candidate, table: PreparedTable, tested: Tested, name: str
) -> ModelVersion:
    """A new version with its test metrics and the tags that lead back to run, table and code."""
    run_tags = candidate.holder.data.tags
    tags = {
        "reprise.run": candidate.run_id,
        "reprise.family": candidate.family,
        "reprise.table": table.uri,
        "reprise.digest.table": digest_of(table.schema),
        DIGEST: candidate.digest,
        REFIT: fitted_on(candidate),
        "reprise.data": table.schema.source,
        "reprise.lock": run_tags.get("reprise.lock", ""),
        "reprise.commit": run_tags.get("mlflow.source.git.commit", ""),
        "reprise.dirty": run_tags.get("reprise.dirty", ""),
        **{metric: repr(value) for metric, value in tested.metrics.items()},
    }
    version = mlflow.register_model(
        candidate.uri, name, tags={key: value for key, value in tags.items() if value}
    )
    if int(version.version) == 1:
        client.update_registered_model(name, notes.registered_model(table.schema))
    # Two machines that register the same model at once both get here; the first version stays.
    first = same_version(client, name, candidate)
    if first is not None and int(first.version) < int(version.version):
        client.delete_model_version(name, version.version)
        return first
    return version
