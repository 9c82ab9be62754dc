"""How a model was fitted: enough to fit it again, on other rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from mlflow.models import Model

from reprise.data.digests import digest_json
from reprise.training.model_package import RECIPES


@dataclass(frozen=True)
class Recipe:
    """A family, the hyperparameters that its fit has settled, its seed, its share in a blend."""

    family: str
    hyperparameters: Mapping[str, int | float]
    seed: int
    weight: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The recipe that `to_json` gave `values` of."""
        return cls(**values)


def recipes_in(model: Model) -> list[Recipe]:
    """The recipes stored with a model, one for each member of a blend; none where it has none."""
    metadata: Mapping[str, Any] = model.metadata or {}
    return [Recipe.from_json(values) for values in metadata.get(RECIPES, [])]


def digest_recipes(recipes: Sequence[Recipe]) -> str:
    """Digest of how a model was fitted."""
    return digest_json([recipe.to_json() for recipe in recipes])
