"""What ensemble logs of a blend: that which train_* and tune log of a fitted model."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd

from reprise import evidence, notes, packaging
from reprise.card import card
from reprise.evaluation import Prediction, as_prediction, evaluate, resolve_metric
from reprise.evidence.blend import blended_dependence
from reprise.fitting.members import IMPORTANCE, PREDICTIONS, Member, mean_importance
from reprise.fitting.recipe import digest_recipes
from reprise.fitting.refit import described, digest_blend
from reprise.importance import Importance
from reprise.lineage.artifacts import MODEL_ID, read_json
from reprise.lineage.digests import digest_arrays
from reprise.lineage.files import log_files
from reprise.lineage.uris import run_uri
from reprise.models import ENSEMBLE
from reprise.schema import Schema
from reprise.table import Part, PreparedTable, digest_of
from steps.models import write_evidence, write_pictures


def log_blend(
    members: list[Member], cross_fitted: np.ndarray, table: PreparedTable, validation: Part
) -> str:
    """Log model, metrics, pictures, importance and predictions of a blend; return its URI.

    `cross_fitted` are its outputs for the validation rows that its metrics are of.
    """
    schema = table.schema
    logged = _log_model(members, schema, validation)
    prediction = as_prediction(cross_fitted, members[0].prediction.classes)
    found = evaluate(schema.task, validation.y, prediction)
    metrics = {f"validation_{name}": value for name, value in found.items()}
    mlflow.log_metrics({**metrics, "model_bytes": logged.size}, model_id=logged.model_id)
    _log_artifacts(members, schema, validation, prediction, metrics)
    run = mlflow.active_run()
    weights, recipes = [each.weight for each in members], [each.recipe for each in members]
    mlflow.set_tags(
        {
            **notes.trained(run, "Blend", metrics, _by_family(members)),
            "reprise.digest.predictions": digest_arrays([prediction.numbers]),
            "reprise.digest.model": digest_blend([member.digest for member in members], weights),
            "reprise.digest.recipe": digest_recipes(recipes),
            "reprise.input.table": digest_of(schema),
            "reprise.family": ENSEMBLE,
            "reprise.members": json.dumps(_shares(members)),
            MODEL_ID: logged.model_id,
        }
    )
    log_files(packaging.NAME, str(Path(PREDICTIONS).parent))
    return run_uri(run.info.run_id, packaging.NAME)


def _log_model(members: list[Member], schema: Schema, validation: Part) -> packaging.LoggedModel:
    """Log the members' models as one that weighs their outputs."""
    recipes = [member.recipe for member in members]
    with tempfile.TemporaryDirectory(prefix="reprise-") as name:
        folder = Path(name)
        contents = packaging.Contents(
            ENSEMBLE,
            packaging.copy_members([member.folder for member in members], folder),
            members[0].prediction.classes,
            [recipe.to_json() for recipe in recipes],
            [member.weight for member in members],
            described(recipes),
        )
        return packaging.log_model(contents, schema, validation.X, folder)


def _log_artifacts(
    members: list[Member],
    schema: Schema,
    validation: Part,
    prediction: Prediction,
    metrics: Mapping[str, float],
) -> None:
    """Log importance, evidence, card, pictures and predictions."""
    with tempfile.TemporaryDirectory(prefix="reprise-") as name:
        folder = Path(name)
        importance = mean_importance(members)
        if importance is not None:
            importance.to_csv(folder / IMPORTANCE, index=False)
        _write_evidence(folder, members, schema, validation, prediction, metrics, importance)
        write_pictures(schema.task, validation.y, prediction, folder)
        predictions = folder / PREDICTIONS
        predictions.parent.mkdir()
        prediction.to_frame(validation.y).to_parquet(predictions, index=False)
        mlflow.log_artifacts(str(folder))


def _write_evidence(
    folder: Path,
    members: list[Member],
    schema: Schema,
    part: Part,
    prediction: Prediction,
    metrics: Mapping[str, float],
    importance: pd.DataFrame | None,
) -> None:
    """Write evidence.json and card.html; importance and dependence are from the members'."""
    measured = None
    if importance is not None:
        measured = Importance(resolve_metric("auto", schema.task), importance)
    found = evidence.of_prediction(schema, part, prediction, measured)
    known = [(read_json(member.candidate.run, evidence.FILE) or {}).get("partial_dependence", [])
             for member in members]  # fmt: skip
    weights = [member.weight for member in members]
    found["partial_dependence"] = blended_dependence(known, weights)
    page = card("Blend", schema, metrics, ("Shares", _by_family(members)), found)
    write_evidence(folder, found, page)


def _by_family(members: list[Member]) -> dict[str, float]:
    return {member.candidate.family: member.weight for member in members}


def _shares(members: list[Member]) -> list[dict[str, str | float]]:
    """Run, family and weight of each member."""
    return [
        {
            "run": member.candidate.run_id,
            "family": member.candidate.family,
            "weight": member.weight,
        }
        for member in members
    ]
