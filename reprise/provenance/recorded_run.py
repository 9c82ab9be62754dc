"""What a finished run of this project left behind, read back when it is asked for."""

import hashlib
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import mlflow
from mlflow.entities import Run
from mlflow.utils import mlflow_tags as tags
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import is_local_uri

from reprise.data.digests import digest_json
from reprise.data.formats.delta_table import VERSION, at_version
from reprise.errors import RepriseError
from reprise.provenance.record import Origin, read_origin
from reprise.tracking.artifacts import read, read_json
from reprise.tracking.contract import (
    CACHED_FROM_TAG,
    DIGEST_PREFIX,
    DIRTY_TAG,
    ENVIRONMENT,
    FINGERPRINT,
    LOCK_TAG,
    MODEL_DIGEST_TAG,
    RAW,
    SOURCE_CODE,
    SOURCE_LOCK,
    SOURCE_PROJECT,
    TABLE,
)
from reprise.tracking.project import declared_parameters
from reprise.tracking.runs import named_run
from reprise.tracking.uris import parse_run_uri, run_uri


@dataclass(frozen=True)
class Recorded:
    """A run of an entry point and what it recorded; None for what it did not, or what is gone."""

    run: Run

    @classmethod
    def behind(cls, run: Run) -> Self:
        """The run itself, or the one whose result it stands for where it came from the cache."""
        earlier = run.data.tags.get(CACHED_FROM_TAG)
        if earlier is not None:
            with suppress(mlflow.MlflowException):
                return cls(mlflow.get_run(earlier))
        return cls(run)

    @property
    def id(self) -> str:
        """The id of the run."""
        return str(self.run.info.run_id)

    @property
    def entry_point(self) -> str:
        """The entry point that it is a run of."""
        return str(self.run.data.tags[tags.MLFLOW_PROJECT_ENTRY_POINT])

    @property
    def parameters(self) -> dict[str, str]:
        """The entry point's parameters as they are logged; what else was logged is left out."""
        declared = declared_parameters(self.entry_point)
        return {
            name: as_given(text) for name, text in self.run.data.params.items() if name in declared
        }

    @property
    def commit(self) -> tuple[str, bool | None]:
        """(commit, whether the code differed from it) as it is tagged."""
        found = self.run.data.tags
        dirty = found.get(DIRTY_TAG)
        commit = found.get(tags.MLFLOW_GIT_COMMIT, "unknown")
        return commit, None if dirty is None else dirty == "true"

    @property
    def repository(self) -> str | None:
        """Where the code came from."""
        return self.run.data.tags.get(tags.MLFLOW_GIT_REPO_URL)

    @property
    def outputs(self) -> dict[str, str]:
        """Digests of what it left, by name."""
        found = self.run.data.tags.items()
        return {
            name.removeprefix(DIGEST_PREFIX): value
            for name, value in found
            if name.startswith(DIGEST_PREFIX)
        }

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """fingerprint.json; empty where it is not there."""
        return self._json(FINGERPRINT) or {}

    @cached_property
    def origin(self) -> Origin:
        """What it was started with, whatever its parameters and tags say now."""
        return read_origin(self.run, Origin(self.parameters, *self.commit, broken={}))

    @cached_property
    def code(self) -> dict[str, str] | None:
        """The source that it could reach, by module."""
        return self._json(SOURCE_CODE)

    @cached_property
    def code_digests(self) -> dict[str, str] | None:
        """sha256 of the source by module, from the fingerprint where the source is not there."""
        if self.code is None:
            return self.identity.get("code")
        return {
            name: hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
            for name, text in self.code.items()
        }

    @property
    def lock_digest(self) -> str | None:
        """sha256 of the lock."""
        return self.run.data.tags.get(LOCK_TAG)

    @cached_property
    def lock(self) -> str | None:
        """The lock itself."""
        return read(self.run, SOURCE_LOCK)

    @cached_property
    def project(self) -> str | None:
        """MLproject as it was; None for a run of an earlier commit."""
        return read(self.run, SOURCE_PROJECT)

    @cached_property
    def environment(self) -> dict[str, Any]:
        """environment.json; empty where it is not there."""
        return self._json(ENVIRONMENT) or {}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Digests of what it read, as far as they are known."""
        found = dict(self.identity.get("inputs", {}))
        given = self.parameters
        if "table" in given and self.prepared is not None:
            found["table"] = self.prepared.outputs.get("table", "")
        if "candidates" in given:
            names = given["candidates"].split(",")
            found["candidates"] = digest_json([_model_digest(name.strip()) for name in names])
        return found

    @cached_property
    def prepared(self) -> "Recorded | None":
        """The run that prepared the table that it reads, or wrote."""
        if self.entry_point == "prepare":
            return self
        with suppress(mlflow.MlflowException, RepriseError):
            run_id, _ = parse_run_uri(self.parameters.get("table", ""))
            return Recorded.behind(mlflow.get_run(run_id))
        return None

    @cached_property
    def schema(self) -> dict[str, Any] | None:
        """schema.json of the table that it prepared."""
        return self._json(f"{TABLE}/schema.json")

    @property
    def data(self) -> str:
        """The raw table that it read: of one that keeps versions, the version that it was.

        In a capsule, the copy that is beside it.
        """
        if (copy := self.kept_data) is not None:
            return copy
        version = (self.schema or {}).get("reading", {}).get(VERSION)
        return at_version(self.origin.parameters["data"], version)

    @cached_property
    def kept_data(self) -> str | None:
        """The copy of the raw table beside it, with the sheet that it read; None without one."""
        if not is_local_uri(self.run.info.artifact_uri):
            return None
        folder = Path(local_file_uri_to_path(self.run.info.artifact_uri)) / RAW
        copy = next(iter(sorted(folder.glob("*"))), None)
        if copy is None:
            return None
        book, _, sheet = self.origin.parameters["data"].rpartition("#")
        return f"{copy}#{sheet}" if copy.suffix and Path(book).suffix == copy.suffix else str(copy)

    @cached_property
    def own_children(self) -> "list[Recorded]":
        """The steps of a `main` run as it logged them, in the order they started."""
        found = mlflow.MlflowClient().search_runs(
            [self.run.info.experiment_id],
            f"tags.`{tags.MLFLOW_PARENT_RUN_ID}` = '{self.id}'",
            order_by=["attributes.start_time ASC"],
        )
        return [Recorded(run) for run in found if tags.MLFLOW_PROJECT_ENTRY_POINT in run.data.tags]

    @cached_property
    def children(self) -> dict[str, "Recorded"]:
        """The steps of a `main` run by entry point, cached ones as the run they stand for."""
        return {step.entry_point: Recorded.behind(step.run) for step in self.own_children}

    def table(self, folder: Path) -> Path | None:
        """The folder of the table that it prepared; fetched into `folder` where it is remote."""
        if is_local_uri(self.run.info.artifact_uri):
            path = Path(local_file_uri_to_path(self.run.info.artifact_uri)) / TABLE
            return path if path.is_dir() else None
        with suppress(mlflow.MlflowException, OSError):
            uri = run_uri(self.id, TABLE)
            return Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder)))
        return None

    def _json(self, name: str) -> dict[str, Any] | None:
        return read_json(self.run, name)


def as_given(text: str) -> str:
    """A parameter as it was given: MLflow logs it quoted for the shell."""
    try:
        words = shlex.split(text)
    except ValueError:
        return text
    return words[0] if len(words) == 1 else text


def _model_digest(candidate: str) -> str:
    with suppress(mlflow.MlflowException, RepriseError):
        return named_run(candidate, "candidates").data.tags.get(MODEL_DIGEST_TAG, candidate)
    return candidate
