"""What `ensemble` leaves of a blend: that which train_* and tune leave of a fitted model."""

import json

import numpy as np

from reprise.data.digests import digest_arrays
from reprise.data.prepared_table import Part
from reprise.data.reference import stored_reference
from reprise.data.schema import Schema
from reprise.evaluation import evidence
from reprise.evaluation.metrics import evaluate, resolve_metric
from reprise.evaluation.prediction import as_prediction
from reprise.models.families import ENSEMBLE
from reprise.reports.model_documents import documents
from reprise.reports.model_page import ModelFacts
from reprise.tracking.contract import MEMBERS_TAG
from reprise.training.blend_members import Member, mean_dependence, mean_importance
from reprise.training.conformal_scores import conformal_of, digest_conformal
from reprise.training.model_package import Contents, copy_of, members_of
from reprise.training.model_record import ModelRecord
from reprise.training.recipe import digest_recipes
from reprise.training.refit import described, digest_blend


def record_blend(
    members: list[Member], cross_fitted: np.ndarray, schema: Schema, validation: Part, seed: int
) -> ModelRecord:
    """The members' models as one that weighs their outputs, and what is known of that.

    `cross_fitted` are its outputs for the validation rows that its metrics are of. Importance and
    dependence are its members' own, weighed.
    """
    prediction = as_prediction(cross_fitted, members[0].prediction.classes)
    measured = evaluate(schema.task, validation.y, prediction)
    metrics = {f"validation_{name}": value for name, value in measured.items()}
    metric = resolve_metric("auto", schema.task)
    found = evidence.of_blend(
        schema, validation, prediction, mean_importance(members, metric), mean_dependence(members)
    )
    shares = {member.candidate.family: member.weight for member in members}
    facts = ModelFacts("Blend", schema, metrics, ("Shares", shares))
    conformal = conformal_of(schema.task, validation, prediction, seed)
    weights, recipes = [each.weight for each in members], [each.recipe for each in members]
    digests = {
        "predictions": digest_arrays([prediction.numbers]),
        "model": digest_blend([member.digest for member in members], weights),
        "recipe": digest_recipes(recipes),
        "conformal": digest_conformal(conformal),
    }
    contents = Contents(
        ENSEMBLE,
        members_of([copy_of(member.folder) for member in members]),
        members[0].prediction.classes,
        [recipe.to_json() for recipe in recipes],
        weights,
        described(recipes),
        # All have learned from the same rows.
        reference=stored_reference(members[0].folder),
        conformal=conformal,
    )
    tags = {MEMBERS_TAG: json.dumps(_shares(members))}
    return ModelRecord(
        contents,
        schema,
        validation.X,
        metrics,
        digests,
        facts,
        documents=documents(facts, found),
        tags=tags,
    )


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
