"""Which raw column each feature of a pipeline was made from."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .not_offered import NotOffered


def owners_of(steps: Sequence[Any], columns: Sequence[str]) -> np.ndarray:
    """Positions among the `columns`, int64 of shape (features,), of what fitted steps give.

    A step says by `output_to_input_` what it made from what (skrub.TableVectorizer), or imputes
    (scikit-learn's SimpleImputer, with the columns that say what was missing); any other has one
    output for each input. Raises NotOffered where their numbers do not fit.
    """
    position = {name: number for number, name in enumerate(columns)}
    owners = np.arange(len(columns))
    for step in steps:
        if hasattr(step, "output_to_input_"):
            made = step.output_to_input_
            owners = np.array([position[made[name]] for name in step.all_outputs_], dtype="int64")
        elif hasattr(step, "statistics_"):
            owners = _imputed(step, owners)
        elif getattr(step, "n_features_in_", len(owners)) != len(owners):
            raise NotOffered(
                "reasons need features that say what they were made from, got those of "
                f"{type(step).__name__}: use a model of the families"
            )
    return owners


def _imputed(imputer: Any, owners: np.ndarray) -> np.ndarray:
    known = ~np.isnan(np.asarray(imputer.statistics_, dtype="float64"))
    kept = owners if imputer.keep_empty_features else owners[known]
    indicator = imputer.indicator_
    return kept if indicator is None else np.concatenate([kept, owners[indicator.features_]])
