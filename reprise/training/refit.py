"""A model fitted again by its recipe, on train and validation rows together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import mlflow

from reprise.data.digests import digest_json
from reprise.data.prepared_table import LearningRows, PreparedTable
from reprise.data.reference import reference_of
from reprise.evaluation.prediction import predict
from reprise.models.families import get_family
from reprise.models.family import Examples, FitOptions, Fitted
from reprise.predictor import Blend, Conformal, TabularModel
from reprise.runtime.cores import threads
from reprise.tracking.uris import parse_run_uri
from reprise.training.candidates import Candidate, Tested, check_files, measure
from reprise.training.conformal_scores import digest_conformal
from reprise.training.model_package import (
    Contents,
    files_of,
    members_of,
    stored_conformal,
    stored_model,
)
from reprise.training.model_record import ModelRecord, log_record
from reprise.training.recipe import Recipe, recipes_in
from reprise.training.train import check_finite, digest_model, fit_or_explain

# Begins the names of a blend's weights among the parameters of its model.
SHARE = "weight "


@dataclass(frozen=True)
class Refitted:
    """A model, and the digest of what it has learned; `seconds` of fitting.

    `fitted` are the members of a blend, by `recipes`; of any other model there is one. `conformal`
    bounds its predictions.
    """

    recipes: list[Recipe]
    fitted: list[Fitted]
    model: TabularModel
    digest: str
    seconds: float
    conformal: Conformal | None = None


def refit(recipes: Sequence[Recipe], rows: LearningRows, threads: int) -> Refitted:
    """Fit features and models again on train and validation rows, each as its recipe says.

    Nothing is held back: networks make the epochs that were best. The result is the same for any
    number of `threads`. Raises RepriseError where a fit fails or predicts no finite numbers.
    """
    schema, learning = rows.schema, rows.together
    started = time.perf_counter()
    fitted, digests = [], []
    for recipe in recipes:
        family = get_family(recipe.family)
        found = fit_or_explain(
            family,
            schema.task,
            Examples(learning.X, learning.y),
            None,
            recipe.hyperparameters,
            FitOptions(recipe.seed, threads, fixed=True),
        )
        known = predict(found.model(schema.kinds), rows.validation.X)
        check_finite(known, family, recipe.hyperparameters)
        fitted.append(found)
        digests.append(digest_model(family, found, known.numbers))
    seconds = time.perf_counter() - started
    models = [found.model(schema.kinds) for found in fitted]
    weights = [recipe.weight for recipe in recipes]
    single = len(models) == 1
    return Refitted(
        list(recipes),
        fitted,
        models[0] if single else Blend(models, weights),
        digests[0] if single else digest_blend(digests, weights),
        seconds,
    )


def digest_blend(digests: Sequence[str], weights: Sequence[float]) -> str:
    """Digest of a blend of models with these digests."""
    return digest_json([[digest, weight] for digest, weight in zip(digests, weights, strict=True)])


def record_refitted(refitted: Refitted, family: str, rows: LearningRows) -> ModelRecord:
    """What `register` leaves of a model of a family, or a blend, that it has fitted again."""
    recipes = refitted.recipes
    written = [files_of(fitted) for fitted in refitted.fitted]
    single = len(written) == 1
    contents = Contents(
        family,
        written[0] if single else members_of(written),
        refitted.model.classes,
        [recipe.to_json() for recipe in recipes],
        [] if single else [recipe.weight for recipe in recipes],
        described(recipes),
        reference_of(rows.schema, [rows.train, rows.validation]),
        refitted.conformal,
    )
    bounds = refitted.conformal
    return ModelRecord(
        contents,
        rows.schema,
        rows.validation.X,
        {"fit_seconds": refitted.seconds},
        {"model": refitted.digest}
        | ({} if bounds is None else {"conformal": digest_conformal(bounds)}),
    )


def described(recipes: Sequence[Recipe]) -> dict[str, int | float | str]:
    """Recipes as the parameters of a model: hyperparameters, or the weights of a blend."""
    if len(recipes) == 1:
        return dict(recipes[0].hyperparameters)
    return {
        f"{SHARE}{number} ({recipe.family})": recipe.weight
        for number, recipe in enumerate(recipes, start=1)
    }


def why_as_it_is(candidate: Candidate) -> str | None:
    """Why a candidate is not fitted again; None where it can be."""
    if candidate.registered:
        return "it is a registered version"
    if candidate.refitted_by is not None:
        return "it has been fitted again already"
    if not recipes_in(stored_model(candidate.run)):
        return "its run does not say how it was fitted"
    return None


def test_again(candidate: Candidate, table: PreparedTable) -> tuple[str, Tested]:
    """Digest and test of a candidate that is fitted again; nothing is logged."""
    refitted = _refit(candidate, table.learning_rows())
    return refitted.digest, measure(refitted.model, table)


def fit_again(candidate: Candidate, rows: LearningRows) -> Candidate:
    """Fit a candidate again, and log it as the model of the active run.

    Raises RepriseError where a file of the candidate is not as its step left it, or a fit fails.
    """
    record = record_refitted(_refit(candidate, rows), candidate.family, rows)
    uri = log_record(record)
    return replace(candidate, uri=uri, refitted_by=mlflow.get_run(parse_run_uri(uri)[0]))


def _refit(candidate: Candidate, rows: LearningRows) -> Refitted:
    """The candidate, fitted again.

    Its errors are those that it made on validation rows before it learned from them: with more rows
    it makes smaller ones, so that bounds by these hold.
    """
    check_files(candidate)
    found = refit(recipes_in(stored_model(candidate.run)), rows, threads())
    conformal = stored_conformal(candidate.run)
    found.model.conformal = conformal
    return replace(found, conformal=conformal)
