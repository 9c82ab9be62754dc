"""Which model families there are, by name."""

from importlib import import_module
from typing import TYPE_CHECKING

from reprise.errors import RepriseError

if TYPE_CHECKING:
    from reprise.models.family import Family

FAMILIES = ("elasticnet", "rf", "et", "gbm", "nn")
# What a blend of several has as its family.
ENSEMBLE = "ensemble"


def get_family(name: str) -> "Family":
    """The family called `name`; raise RepriseError where there is none."""
    if name not in FAMILIES:
        raise RepriseError(f"model must be one of {', '.join(FAMILIES)}, got '{name}': choose one")
    family: Family = import_module(f"reprise.models.{name}").FAMILY
    return family
