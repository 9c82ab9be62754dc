"""Candidates as members of a blend: what they say of validation rows, and what they are made of."""

from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import Model

from reprise.errors import RepriseError
from reprise.evaluation.mean_contribution import blended_contribution
from reprise.evaluation.partial_dependence import blended_dependence
from reprise.evaluation.permutation_importance import Importance
from reprise.evaluation.prediction import Prediction
from reprise.models.families import ENSEMBLE
from reprise.tracking.artifacts import local_artifact, read, read_json
from reprise.tracking.contract import EVIDENCE, IMPORTANCE, MODEL, PREDICTIONS
from reprise.training.candidates import Candidate, check_files
from reprise.training.model_package import stored_model
from reprise.training.recipe import Recipe, recipes_in


@dataclass(frozen=True)
class Member:
    """A candidate, its predictions of the validation part, and how it was fitted."""

    candidate: Candidate
    prediction: Prediction
    recipe: Recipe
    weight: float = 1.0

    @property
    def digest(self) -> str:
        """Digest of its model."""
        return self.candidate.digest

    @property
    def folder(self) -> Path:
        """The files of its model."""
        return local_artifact(self.candidate.run, MODEL)

    def weighing(self, weight: float) -> "Member":
        """The same with its share in a blend."""
        return replace(self, weight=weight, recipe=replace(self.recipe, weight=weight))


def read_member(candidate: Candidate) -> Member:
    """A candidate as a member; RepriseError for one that is a blend, or cannot be one."""
    if candidate.family == ENSEMBLE or candidate.refitted_by is not None:
        raise RepriseError(
            "candidates must be runs of train_* or tune to be blended, got run "
            f"{candidate.holder.info.run_id}, {_what(candidate)}: leave it out"
        )
    check_files(candidate)
    model = stored_model(candidate.run)
    recipes = recipes_in(model)
    if not recipes:
        raise RepriseError(
            f"candidates must say how they were fitted to be blended, got run {candidate.run_id} "
            "of an earlier version of this project: train it again"
        )
    folder, _, file = PREDICTIONS.rpartition("/")
    table = pd.read_parquet(local_artifact(candidate.run, folder) / file)
    return Member(candidate, Prediction.from_frame(table, _classes(model)), recipes[0])


def mean_dependence(members: list[Member]) -> list[dict[str, Any]]:
    """The partial dependence of a blend of the members, as their runs have recorded theirs."""
    found = [read_json(member.candidate.run, EVIDENCE) or {} for member in members]
    known = [each.get("partial_dependence", []) for each in found]
    return blended_dependence(known, [member.weight for member in members])


def contributions(members: list[Member]) -> dict[str, Any] | None:
    """The members' mean contributions by column, by their weights; None where one has none."""
    found = [read_json(member.candidate.run, EVIDENCE) or {} for member in members]
    known = [each.get("contributions") for each in found]
    return blended_contribution(known, [member.weight for member in members])


def mean_importance(members: list[Member], metric: str) -> Importance | None:
    """The members' importance of each column, by their weights; None where one has none.

    It is theirs, by the same `metric`, and not measured of the blend.
    """
    tables = []
    for member in members:
        text = read(member.candidate.run, IMPORTANCE)
        if text is None:
            return None
        table = pd.read_csv(
            StringIO(text),
            keep_default_na=False,
            dtype={"column": "str"},
            float_precision="round_trip",
        )
        tables.append(table.set_index("column")[["mean", "std"]] * member.weight)
    total = tables[0]
    for table in tables[1:]:
        total = total + table.loc[total.index]
    table = total.sort_values("mean", ascending=False, kind="stable").reset_index()
    return Importance(metric, table)


def _classes(model: Model) -> list[object] | None:
    found: list[object] | None = model.flavors["python_function"]["config"]["classes"]
    return found


def _what(candidate: Candidate) -> str:
    return "a blend" if candidate.family == ENSEMBLE else "which has learned from validation rows"
