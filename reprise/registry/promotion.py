"""Registering a tested model: its version, the rule by which the alias champion moves, its card."""

import time
from dataclasses import dataclass, field
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion

from reprise.data.prepared_table import PreparedTable
from reprise.evaluation.metrics import resolve_metric
from reprise.registry.champion import Comparison, NotComparable, compare
from reprise.registry.version_card import Card
from reprise.registry.versions import (
    CHALLENGER,
    CHAMPION,
    create_version,
    present_champion,
    same_version,
)
from reprise.runtime.locks import locked
from reprise.tracking.beside_store import beside_store
from reprise.tracking.contract import (
    ALIAS_TAG,
    DECIDED_TAG,
    INTERVAL_PREFIX,
    MODEL_DIGEST_TAG,
    REASON_TAG,
    VERSION_TAG,
)
from reprise.training.candidates import Candidate, Tested


@dataclass(frozen=True)
class Decision:
    """Whether the alias champion moves to a version, why, and how it compared where it could."""

    moves: bool
    reason: str
    comparison: Comparison | None = None


@dataclass(frozen=True)
class Outcome:
    """What registering did: the version, why the alias is where it is, what to record of it.

    `decided` is when the alias was set, in milliseconds since 1970.
    """

    version: str
    alias: str
    reason: str
    decided: int
    card: str = ""
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the registering run."""
        return {
            VERSION_TAG: self.version,
            ALIAS_TAG: self.alias,
            REASON_TAG: self.reason,
            DECIDED_TAG: str(self.decided),
        }


def register(
    candidate: Candidate, table: PreparedTable, tested: Tested, name: str, promote: str
) -> Outcome:
    """Register the candidate as a version of `name`, or find the version it already is.

    The alias champion moves to it by the rule `promote`: `if-better` than the present champion on
    this test part, `always` or `never`; where it does not move, the version is challenger.
    Of several processes that register into one local store, one does at a time; through a server,
    of those of this user on this machine.
    """
    client = mlflow.MlflowClient()
    with locked("registry", beside_store(mlflow.get_registry_uri())):
        version = same_version(client, name, candidate)
        known = version is not None
        if version is None:
            version = create_version(client, candidate, table, tested, name)
        decision = _decide(client, name, version, table, tested, promote)
        alias = _set_alias(client, name, version, decision.moves)
        decided = time.time_ns() // 1_000_000
        same = f"the same model as version {version.version}; " if known else ""
        reason = f"{alias}: {same}{decision.reason}"
        card = Card.of(candidate, table, tested, version, reason)
        if not version.description:
            _describe(client, version, card)
    metrics = decision.comparison.metrics if decision.comparison else {}
    return Outcome(str(version.version), alias, reason, decided, card.text(), metrics)


def _describe(client: Any, version: ModelVersion, card: Card) -> None:
    """Leave the card and the intervals of the test metrics with the version."""
    for name, interval in card.intervals.items():
        text = f"{interval.low:.6g} to {interval.high:.6g}"
        client.set_model_version_tag(
            version.name, version.version, f"{INTERVAL_PREFIX}{name}", text
        )
    client.update_model_version(version.name, version.version, card.description())


def _decide(
    client: Any,
    name: str,
    version: ModelVersion,
    table: PreparedTable,
    tested: Tested,
    promote: str,
) -> Decision:
    """Decide against the present champion; again where another machine moves it meanwhile."""
    while True:
        champion = present_champion(client, name)
        decision = _decide_against(champion, version, table, tested, promote)
        now = present_champion(client, name)
        if (champion and champion.version) == (now and now.version):
            return decision


def _decide_against(
    champion: ModelVersion | None,
    version: ModelVersion,
    table: PreparedTable,
    tested: Tested,
    promote: str,
) -> Decision:
    same = _same_as(champion, version)
    if champion is None or same:
        reason = same or "there was no champion"
        return Decision(promote != "never", "promote=never" if promote == "never" else reason)
    comparison, compared = None, ""
    try:
        comparison = compare(champion, table, tested, resolve_metric("auto", table.schema.task))
        compared = str(comparison)
    except NotComparable as why:
        compared = f"not compared with the present champion, version {champion.version}: {why}"
    if promote != "if-better":
        return Decision(promote == "always", f"promote={promote}; {compared}", comparison)
    if comparison is None:
        return Decision(False, compared)
    relation = "beats" if comparison.better else "does not clearly beat"
    return Decision(comparison.better, f"it {relation} the champion: {compared}", comparison)


def _same_as(champion: ModelVersion | None, version: ModelVersion) -> str:
    """In which way the champion is this very model; nothing where it is another."""
    if champion is None or champion.tags.get(MODEL_DIGEST_TAG) != version.tags.get(
        MODEL_DIGEST_TAG
    ):
        return ""
    if champion.version == version.version:
        return "it is the present champion"
    return f"the files of version {champion.version}, the same model, were changed"


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
