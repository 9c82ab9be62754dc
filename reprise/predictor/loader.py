"""The files of a model, opened without pickle: skops with the list of types below, and arrays."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .blend import Blend
from .conformal import Conformal
from .mlp import Network
from .tabular import PipelineModel, TabularModel

# The artifact, in a model, of the errors that it has made.
CONFORMAL = "conformal"

# What skops may build beyond its own safe list; tests hold it to be sufficient and minimal.
TRUSTED_TYPES = (
    "numpy.dtype",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    "scipy.interpolate._bsplines.BSpline",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "skrub._apply_to_each_col.ApplyToEachCol",
    "skrub._check_input.CheckInputDataFrame",
    "skrub._clean_categories.CleanCategories",
    "skrub._clean_null_strings.CleanNullStrings",
    "skrub._dataframe._common.is_any_date",
    "skrub._dataframe._common.is_categorical",
    "skrub._dataframe._common.is_numeric",
    "skrub._datetime_encoder.DatetimeEncoder",
    "skrub._datetime_encoder._SplineEncoder",
    "skrub._drop_uninformative.DropUninformative",
    "skrub._duration_to_float.DurationToFloat",
    "skrub._squashing_scaler.SquashingScaler",
    "skrub._squashing_scaler._MinMaxScaler",
    "skrub._string_encoder.StringEncoder",
    "skrub._table_vectorizer.PassThrough",
    "skrub._table_vectorizer.ShortReprDict",
    "skrub._table_vectorizer.TableVectorizer",
    "skrub._table_vectorizer._created_by_predicate",
    "skrub._to_datetime.ToDatetime",
    "skrub._to_float.ToFloat",
    "skrub._to_str.ToStr",
    "skrub.selectors._base.All",
    "skrub.selectors._base.And",
    "skrub.selectors._base.Cols",
    "skrub.selectors._base.Filter",
    "skrub.selectors._base.Sub",
    "skrub.selectors._selectors._cardinality_below",
)


def load_pipeline(path: str | Path) -> Any:
    """The scikit-learn pipeline in a skops file; only the types listed above are built."""
    from skops.io import load

    return load(path, trusted=list(TRUSTED_TYPES))


def open_model(files: Mapping[str, str], config: Mapping[str, Any]) -> TabularModel:
    """The model in these files, by artifact name; of a blend each member has a folder of its own.

    `config` has `columns` (pairs of name and kind), `classes` (None for regression), and for a
    blend `weights`, in the order of the folders.
    """
    model = _open_model(files, config)
    if CONFORMAL in files:
        model.conformal = Conformal.load(files[CONFORMAL])
    return model


def _open_model(files: Mapping[str, str], config: Mapping[str, Any]) -> TabularModel:
    kinds, classes = dict(config["columns"]), config["classes"]
    weights: Sequence[float] = config.get("weights") or ()
    if not weights:
        return _open(files["pipeline"], files.get("network"), kinds, classes)
    members = []
    for number in range(1, len(weights) + 1):
        folder = Path(files[member_name(number)])
        network = folder / "network.npz"
        members.append(
            _open(folder / "pipeline.skops", network if network.exists() else None, kinds, classes)
        )
    return Blend(members, list(weights))


def member_name(number: int) -> str:
    """The folder of a member of a blend, counted from 1."""
    return f"member-{number}"


def _open(
    pipeline: str | Path, network: str | Path | None, kinds: dict[str, str], classes: Any
) -> PipelineModel:
    learned = None if network is None else Network.load(network)
    return PipelineModel(load_pipeline(pipeline), kinds, classes, learned)
