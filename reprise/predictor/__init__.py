"""The code that goes into every logged model: raw rows in, predictions out.

It imports nothing else of the project, and its own rooms relatively, because a model carries a
copy that is loaded under a name of its own wherever the model's requirements are installed.
Nothing in a model is pickled.
"""

from .background import Background
from .blas import numeric_libraries, single_threaded
from .blend import Blend, blended
from .conformal import LOWER, SET, UPPER, Conformal
from .date_form import MONTHS, dates_of
from .difficulty import Difficulty, inputs_of
from .explaining import needs_background
from .extras import PREDICTED, Extras, with_extras
from .kinds import ColumnKind, as_kind, kind_of, plain_features
from .loader import (
    BACKGROUND,
    CONFORMAL,
    TRUSTED_TYPES,
    load_pipeline,
    member_name,
    open_model,
)
from .missing import Missing
from .mlp import Network
from .not_offered import NotOffered
from .number_form import MULTIPLES, NumberForm, tidy
from .reasons import Reasons
from .tabular import PipelineModel, TabularModel, labels_of
from .trees import Trees, trees_of
from .wrong_value import WrongValue

__all__ = [
    "BACKGROUND",
    "CONFORMAL",
    "LOWER",
    "MONTHS",
    "MULTIPLES",
    "PREDICTED",
    "SET",
    "TRUSTED_TYPES",
    "UPPER",
    "Background",
    "Blend",
    "ColumnKind",
    "Conformal",
    "Difficulty",
    "Extras",
    "Missing",
    "Network",
    "NotOffered",
    "NumberForm",
    "PipelineModel",
    "Reasons",
    "TabularModel",
    "Trees",
    "WrongValue",
    "as_kind",
    "blended",
    "dates_of",
    "inputs_of",
    "kind_of",
    "labels_of",
    "load_pipeline",
    "member_name",
    "needs_background",
    "numeric_libraries",
    "open_model",
    "plain_features",
    "single_threaded",
    "tidy",
    "trees_of",
    "with_extras",
]
