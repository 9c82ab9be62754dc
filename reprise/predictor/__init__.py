"""The code that goes into every logged model: raw rows in, predictions out.

It imports nothing else of the project, and its own rooms relatively, because a model carries a
copy that is loaded under a name of its own wherever the model's requirements are installed.
Nothing in a model is pickled.
"""

from .blend import Blend, blended
from .files import TRUSTED_TYPES, load_pipeline, member_name, open_model
from .network import Network
from .tabular import PipelineModel, TabularModel, labels_of
from .threads import numeric_libraries, single_threaded
from .values import ColumnKind, WrongValue, as_kind, kind_of, plain_features

__all__ = [
    "TRUSTED_TYPES",
    "Blend",
    "ColumnKind",
    "Network",
    "PipelineModel",
    "TabularModel",
    "WrongValue",
    "as_kind",
    "blended",
    "kind_of",
    "labels_of",
    "load_pipeline",
    "member_name",
    "numeric_libraries",
    "open_model",
    "plain_features",
    "single_threaded",
]
