"""The model registry: candidates, the gate, versions and the aliases champion and challenger."""

import re
from dataclasses import dataclass, field
from typing import Any

import mlflow
import numpy as np
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from reprise.errors import RepriseError
from reprise.evaluation import (
    CLASSIFICATION_METRICS,
    REGRESSION_METRICS,
    evaluate,
    is_better,
    predict,
    resolve_metric,
)
from reprise.lineage.digests import digest_json
from reprise.lineage.files import changed_file
from reprise.lineage.uris import is_model_uri, is_run_id, run_uri
from reprise.packaging import NAME
from reprise.predictor import TabularModel
from reprise.schema import Task
from reprise.table import PreparedTable, digest_of

CHAMPION, CHALLENGER = "champion", "challenger"
_DIGEST = "reprise.digest.model"
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class Condition:
    """One condition of a gate: the test metric compared with a bound."""

    metric: str
    operator: str
    bound: float

    def holds(self, value: float) -> bool:
        """Whether `value` passes; NaN never does."""
        comparisons = {
            ">=": value >= self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            "<": value < self.bound,
        }
        return comparisons[self.operator]

    def __str__(self) -> str:
        return f"{self.metric}{self.operator}{self.bound:g}"


@dataclass(frozen=True)
class Candidate:
    """A trained model that may be registered, with its run."""

    run: Run
    uri: str

    @property
    def run_id(self) -> str:
        """The id of the run that trained it."""
        return str(self.run.info.run_id)

    @property
    def family(self) -> str:
        """The family it belongs to."""
        return str(self.run.data.tags["reprise.family"])


@dataclass(frozen=True)
class Tested:
    """A candidate's metrics on the test part, named test_<metric>."""

    metrics: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """What registering did: the version, why the alias is where it is, what to record of it."""

    version: str
    alias: str
    reason: str
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the registering run."""
        return {
            "reprise.version": self.version,
            "reprise.alias": self.alias,
            "reprise.reason": self.reason,
        }


def state_digest(name: str) -> str:
    """Digest of where the aliases of a registered model point, and of the models there."""
    client = mlflow.MlflowClient()
    try:
        aliases = client.get_registered_model(name).aliases
    except mlflow.MlflowException:
        aliases = {}
    found = {
        alias: [str(number), client.get_model_version(name, number).tags.get(_DIGEST, "")]
        for alias, number in aliases.items()
    }
    return digest_json(found)


def changed_since(run: Run) -> str | None:
    """Say what is no longer as a `register` run left it; None where nothing is."""
    tags = run.data.tags
    if tags.get("reprise.digest.registry") != state_digest(tags.get("reprise.model_name", "")):
        return "the registry has changed since"
    return changed_file(mlflow.get_run(tags["reprise.candidate"]))


def check_name(name: str) -> None:
    """Raise RepriseError where the registry would refuse `name`."""
    if not name.strip() or any(character in name for character in "/:"):
        raise RepriseError(
            f"model_name must be a name without '/' and ':', got '{name}': choose another"
        )


def parse_gate(gate: str, task: Task | None = None) -> list[Condition]:
    """The conditions of `none` or a list such as `r2>=0.3,rmse<=60`.

    Raises RepriseError for what is no condition, or a metric that `task` (None: any) has not.
    """
    if gate.strip() == "none":
        return []
    known = {
        "regression": [*REGRESSION_METRICS],
        "classification": [*CLASSIFICATION_METRICS],
        None: [*REGRESSION_METRICS, *CLASSIFICATION_METRICS],
    }[task]
    conditions = []
    for text in gate.split(","):
        match = _CONDITION.fullmatch(text)
        if match is None or not _is_number(match[3]):
            raise RepriseError(
                f"gate must be none or conditions such as {known[0]}>=0.3, got '{text}': "
                "write metric, one of >= <= > <, number"
            )
        if match[1] not in known:
            of = f" of {task}" if task else ""
            raise RepriseError(
                f"gate must name a metric{of}, got '{match[1]}': choose from {', '.join(known)}"
            )
        conditions.append(Condition(match[1], match[2], float(match[3])))
    return conditions


def check_gate(conditions: list[Condition], metrics: dict[str, float]) -> None:
    """Raise RepriseError that names each condition the test metrics fail, and by how much."""
    failed = []
    for condition in conditions:
        value = metrics.get(f"test_{condition.metric}", np.nan)
        if not condition.holds(value):
            failed.append(
                f"{condition} (got {value:.6g}, off by {abs(value - condition.bound):.3g})"
            )
    if failed:
        raise RepriseError(
            f"the gate must hold on the test part, failed {', '.join(failed)}: "
            "nothing was registered; improve the model or change the gate"
        )


def find_candidates(candidates: str) -> list[Candidate]:
    """The candidates in a comma-separated list of run ids and model URIs.

    Raises RepriseError for one that does not exist or was not trained by this project.
    """
    names = [name.strip() for name in candidates.split(",") if name.strip()]
    if not names:
        raise RepriseError("candidates must name at least one run or model, got nothing: give one")
    return [_find_candidate(name) for name in names]


def _find_candidate(name: str) -> Candidate:
    if not (is_run_id(name) or is_model_uri(name)):
        raise RepriseError(
            f"candidates must be run ids or runs:/ and models:/ URIs, got '{name}': correct it"
        )
    try:
        run_id = name if is_run_id(name) else mlflow.models.get_model_info(name).run_id
        run = mlflow.get_run(run_id)
    except (mlflow.MlflowException, OSError):
        raise RepriseError(
            f"candidates must exist, got '{name}', not found in {mlflow.get_tracking_uri()}: "
            "check the id"
        ) from None
    if "reprise.family" not in run.data.tags or "reprise.model_id" not in run.data.tags:
        made_by = run.data.tags.get("mlflow.project.entryPoint", "another program")
        raise RepriseError(
            f"candidates must be runs of train_* or tune, got '{name}' made by {made_by}: "
            "give the run of a trained model"
        )
    if run.info.status != "FINISHED":
        raise RepriseError(
            f"candidates must be finished runs, got '{name}' which is {run.info.status}: "
            "run that step again"
        )
    return Candidate(run, run_uri(run.info.run_id, NAME))


def best_candidate(candidates: list[Candidate], metric: str, table: PreparedTable) -> Candidate:
    """The candidate with the best validation metric; the first of equals.

    Raises RepriseError where one was trained on another table, for their values do not compare.
    """
    expected = digest_of(table.schema)
    best, best_value = candidates[0], np.nan
    for candidate in candidates:
        if candidate.run.data.tags.get("reprise.input.table") != expected:
            raise RepriseError(
                f"candidates must be trained on '{table.uri}', got run {candidate.run_id} trained "
                "on another table: give the table it was trained on"
            )
        value = candidate.run.data.metrics.get(f"validation_{metric}", np.nan)
        if is_better(metric, value, best_value):
            best, best_value = candidate, value
    return best


def open_test_part(candidate: Candidate, table: PreparedTable) -> Tested:
    """Measure a candidate on the test part."""
    return Tested(_test_metrics(load(candidate.uri), table))


def load(uri: str) -> TabularModel:
    """The model behind a URI."""
    return mlflow.pyfunc.load_model(uri).unwrap_python_model().model


def _test_metrics(model: TabularModel, table: PreparedTable) -> dict[str, float]:
    test = table.read("test")
    metrics = evaluate(table.schema.task, test.y, predict(model, test.X))
    return {f"test_{name}": value for name, value in metrics.items()}


def register(
    candidate: Candidate, table: PreparedTable, tested: Tested, name: str, promote: str
) -> Outcome:
    """Register the candidate as a version of `name`, or find the version it already is.

    The alias champion moves to it by the rule `promote`: `if-better` than the present champion on
    this test part, `always` or `never`; where it does not move, the version is challenger.
    """
    client = mlflow.MlflowClient()
    champion = _champion(client, name)
    version = _same_version(client, name, candidate)
    known = version is not None
    if version is None:
        version = _create_version(client, candidate, table, tested, name)
    moves, reason, metrics = _decide(champion, version, table, tested, promote)
    alias = _set_alias(client, name, version, moves)
    if known:
        reason = f"the same model as version {version.version}; {reason}"
    return Outcome(str(version.version), alias, f"{alias}: {reason}", metrics)


def _champion(client: Any, name: str) -> ModelVersion | None:
    try:
        return client.get_model_version_by_alias(name, CHAMPION)
    except mlflow.MlflowException:
        return None


def _same_version(client: Any, name: str, candidate: Candidate) -> ModelVersion | None:
    """The oldest version that holds the same model, its files as they were."""
    digest = candidate.run.data.tags[_DIGEST]
    quoted = name.replace("'", "''")
    found = client.search_model_versions(f"name = '{quoted}' AND tags.`{_DIGEST}` = '{digest}'")
    for version in sorted(found, key=lambda version: int(version.version)):
        if changed_file(mlflow.get_run(version.run_id)) is None:
            return version
    return None


def _create_version(
    client: Any, candidate: Candidate, table: PreparedTable, tested: Tested, name: str
) -> ModelVersion:
    run_tags = candidate.run.data.tags
    tags = {
        "reprise.run": candidate.run_id,
        "reprise.family": candidate.family,
        "reprise.table": table.uri,
        "reprise.digest.table": digest_of(table.schema),
        _DIGEST: run_tags[_DIGEST],
        "reprise.data": table.schema.source,
        "reprise.lock": run_tags.get("reprise.lock", ""),
        "reprise.commit": run_tags.get("mlflow.source.git.commit", ""),
        "reprise.dirty": run_tags.get("reprise.dirty", ""),
        **{metric: repr(value) for metric, value in tested.metrics.items()},
    }
    version = mlflow.register_model(
        candidate.uri, name, tags={key: value for key, value in tags.items() if value}
    )
    # Two that register the same model at once both get here; the first of the versions stays.
    first = _same_version(client, name, candidate)
    if first is not None and int(first.version) < int(version.version):
        client.delete_model_version(name, version.version)
        return first
    client.update_model_version(name, version.version, _description(candidate, table, tested))
    return version


def _description(candidate: Candidate, table: PreparedTable, tested: Tested) -> str:
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in tested.metrics.items())
    return (
        f"Predicts **{table.schema.target}** ({table.schema.task}) from "
        f"{len(table.schema.columns)} columns of `{table.schema.source}`.\n\n"
        f"{candidate.family}, run `{candidate.run_id}`. On the test part: {metrics}."
    )


def _decide(
    champion: ModelVersion | None,
    version: ModelVersion,
    table: PreparedTable,
    tested: Tested,
    promote: str,
) -> tuple[bool, str, dict[str, float]]:
    """(whether the alias moves, why, metrics of the comparison)."""
    if promote == "never":
        return False, "promote=never", {}
    if champion is not None and champion.version == version.version:
        return True, "it is the present champion", {}
    if champion is not None and champion.tags.get(_DIGEST) == version.tags.get(_DIGEST):
        return True, f"the files of version {champion.version}, the same model, were changed", {}
    if promote == "always":
        return True, "promote=always", {}
    if champion is None:
        return True, "there was no champion", {}
    metric = f"test_{resolve_metric('auto', table.schema.task)}"
    against = f"the present champion, version {champion.version}"
    try:
        present = _test_metrics(load(f"models:/{champion.name}/{champion.version}"), table)[metric]
    except (ValueError, KeyError, mlflow.MlflowException) as error:
        reason = str(error).splitlines()[0]
        return (
            False,
            f"{against}, cannot be compared on this table ({reason}): give each table a model_name",
            {},
        )
    value = tested.metrics[metric]
    better = is_better(metric.removeprefix("test_"), value, present)
    relation = "beats" if better else "does not beat"
    reason = f"{metric} {value:.6g} {relation} {present:.6g} of {against}"
    return better, reason, {f"champion_{metric}": present}


def _set_alias(client: Any, name: str, version: ModelVersion, moves: bool) -> str:
    aliases = client.get_model_version(name, version.version).aliases
    if not moves and CHAMPION in aliases:
        return CHAMPION
    alias = CHAMPION if moves else CHALLENGER
    if alias not in aliases:
        client.set_registered_model_alias(name, alias, version.version)
    if moves and CHALLENGER in aliases:
        client.delete_registered_model_alias(name, CHALLENGER)
    return alias


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
