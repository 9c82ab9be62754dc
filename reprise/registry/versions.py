"""Versions of a registered model: where its aliases point, which version a model already is."""

from contextlib import suppress
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from reprise.data.digests import digest_json
from reprise.data.prepared_table import PreparedTable, digest_of
from reprise.errors import RepriseError
from reprise.provenance.model_files import held_version
from reprise.provenance.output_files import changed_file
from reprise.tracking import descriptions
from reprise.tracking.contract import (
    CANDIDATE_TAG,
    COMMIT_TAG,
    DATA_TAG,
    DIRTY_TAG,
    FAMILY_TAG,
    LOCK_TAG,
    MODEL_DIGEST_TAG,
    MODEL_NAME_TAG,
    REFIT_TAG,
    REGISTRY_DIGEST_TAG,
    RUN_TAG,
    TABLE_DIGEST_TAG,
    TABLE_TAG,
)
from reprise.training.candidates import Candidate, Tested

CHAMPION, CHALLENGER = "champion", "challenger"


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
        alias: [str(number), client.get_model_version(name, number).tags.get(MODEL_DIGEST_TAG, "")]
        for alias, number in aliases.items()
    }
    return digest_json(found)


def changed_since(run: Run) -> str | None:
    """Say what is no longer as a `register` run left it; None where nothing is."""
    tags = run.data.tags
    if tags.get(REGISTRY_DIGEST_TAG) != state_digest(tags.get(MODEL_NAME_TAG, "")):
        return "the registry has changed since"
    if CANDIDATE_TAG not in tags:
        return f"the tag {CANDIDATE_TAG} is missing"
    # Until it fitted its winner again, register left no files.
    own = changed_file(run) if "refit" in run.data.params else None
    return own or changed_file(mlflow.get_run(tags[CANDIDATE_TAG]))


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
    found = client.search_model_versions(
        f"name = '{quoted}' AND tags.`{MODEL_DIGEST_TAG}` = '{digest}'"
    )
    for version in sorted(found, key=lambda version: int(version.version)):
        with suppress(mlflow.MlflowException, OSError):  # its files are gone
            if not held_version(version)[1].problems:
                return version
    return None


def create_version(
    client: Any, candidate: Candidate, table: PreparedTable, tested: Tested, name: str
) -> ModelVersion:
    """A new version with its test metrics and the tags that lead back to run, table and code."""
    run_tags = candidate.holder.data.tags
    tags = {
        RUN_TAG: candidate.run_id,
        FAMILY_TAG: candidate.family,
        TABLE_TAG: table.uri,
        TABLE_DIGEST_TAG: digest_of(table.schema),
        MODEL_DIGEST_TAG: candidate.digest,
        REFIT_TAG: candidate.fitted_again_on,
        DATA_TAG: table.schema.source,
        LOCK_TAG: run_tags.get(LOCK_TAG, ""),
        COMMIT_TAG: run_tags.get("mlflow.source.git.commit", ""),
        DIRTY_TAG: run_tags.get(DIRTY_TAG, ""),
        **{metric: repr(value) for metric, value in tested.metrics.items()},
    }
    version = mlflow.register_model(
        candidate.uri, name, tags={key: value for key, value in tags.items() if value}
    )
    if int(version.version) == 1:
        client.update_registered_model(name, descriptions.registered_model(table.schema))
    # Two machines that register the same model at once both get here; the first version stays.
    first = same_version(client, name, candidate)
    if first is not None and int(first.version) < int(version.version):
        client.delete_model_version(name, version.version)
        return first
    return version
