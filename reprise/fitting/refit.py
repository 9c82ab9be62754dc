"""A model fitted again by its recipe, on train and validation rows together."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reprise import packaging
from reprise.evaluation import predict
from reprise.fitting.recipe import Recipe
from reprise.fitting.training import check_finite, digest_model, fit_or_explain
from reprise.lineage.digests import digest_json
from reprise.models import get_family
from reprise.models.family import Examples, FitOptions, Fitted
from reprise.predictor import Blend, TabularModel
from reprise.table import Part, PreparedTable

PARTS = ("train", "validation")
# Begins the names of a blend's weights among the parameters of its model.
SHARE = "weight "


@dataclass(frozen=True)
class Refitted:
    """A model, and the digest of what it has learned; `seconds` of fitting.

    `fitted` are the members of a blend, by `recipes`; of any other model there is one.
    """

    recipes: list[Recipe]
    fitted: list[Fitted]
    model: TabularModel
    digest: str
    seconds: float


def refit(recipes: Sequence[Recipe], table: PreparedTable, threads: int) -> Refitted:
    """Fit features and models again on train and validation rows, each as its recipe says.

    Nothing is held back: networks make the epochs that were best. The result is the same for any
    number of `threads`. Raises RepriseError where a fit fails or predicts no finite numbers.
    """
    schema, validation = table.schema, table.read("validation")
    learning = joined([table.read("train"), validation])
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
        known = predict(found.model(schema.kinds), validation.X)
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


def joined(parts: Sequence[Part]) -> Part:
    """The rows of several parts, one part after the other."""
    return Part(
        pd.concat([part.X for part in parts], ignore_index=True),
        pd.concat([part.y for part in parts], ignore_index=True),
    )


def log_refitted(refitted: Refitted, family: str, table: PreparedTable) -> packaging.LoggedModel:
    """Log a refitted model of a family, or a blend, as `model` of the active run."""
    recipes, example = refitted.recipes, table.read("validation").X
    with tempfile.TemporaryDirectory(prefix="reprise-") as name:
        folder = Path(name)
        if single := len(recipes) == 1:
            files = packaging.write_files(refitted.fitted[0], folder)
        else:
            files = packaging.write_members(refitted.fitted, folder)
        contents = packaging.Contents(
            family,
            files,
            refitted.model.classes,
            [recipe.to_json() for recipe in recipes],
            [] if single else [recipe.weight for recipe in recipes],
            described(recipes),
        )
        return packaging.log_model(contents, table.schema, example, folder)


def described(recipes: Sequence[Recipe]) -> dict[str, int | float | str]:
    """Recipes as the parameters of a model: hyperparameters, or the weights of a blend."""
    if len(recipes) == 1:
        return dict(recipes[0].hyperparameters)
    return {f"{SHARE}{number} ({recipe.family})": recipe.weight
            for number, recipe in enumerate(recipes, start=1)}  # fmt: skip
