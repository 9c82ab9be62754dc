"""The code stored inside every logged model: raw rows in, predictions out.

MLflow copies this one file into the model ("models from code"), so it imports nothing else of the
project and loads wherever the model's requirements are installed. Nothing in a model is pickled:
scikit-learn objects are skops files opened with the list of types below, networks are arrays.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

# number, boolean, datetime, text; or datetime:<format> for dates that the source spells as text.
ColumnKind = str

# How JSON and CSV spell a missing number or date.
_MISSING_AS_TEXT = ("", "NaT", "nan", "NaN", "None", "null")

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


class WrongValue(ValueError):
    """A value that is not of its column's kind; `row` counts from 1."""

    def __init__(self, column: str, expected: str, value: Any, row: int) -> None:
        super().__init__(f"column '{column}' must hold {expected}, got {value!r} in row {row}")
        self.column, self.expected, self.value, self.row = column, expected, value, row

    def after(self, rows: int) -> "WrongValue":
        """The same where `rows` others come before the table that it was found in."""
        return WrongValue(self.column, self.expected, self.value, self.row + rows)


def kind_of(values: pd.Series) -> ColumnKind | None:
    """The kind of a raw column, or None for nested or binary values.

    Categories are text whatever they are made of; time spans are numbers (seconds).
    """
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "text"
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "datetime"
    if not pd.api.types.is_object_dtype(dtype):
        return "text"
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found in ("integer", "floating", "mixed-integer-float", "decimal", "empty"):
        return "number"
    if found == "boolean":
        return "boolean"
    if found in ("date", "datetime", "datetime64"):
        return "datetime"
    if found == "bytes" or any(not np.isscalar(value) for value in values.dropna()):
        return None
    return "text"


def as_kind(values: pd.Series, kind: ColumnKind) -> pd.Series:
    """Return `values` in the one form of their kind; the same for training and prediction.

    Numbers and booleans become float64 (infinities become missing), dates datetime64[us] without
    time zone (UTC), text str. Raises WrongValue where a value is of another kind.
    """
    if kind == "text":
        return _as_text(values)
    if isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype) or values.dtype == np.object_:
        values = values.astype(object)
        values = values.mask(values.isin(_MISSING_AS_TEXT))
    if kind.startswith("datetime"):
        return _as_datetime(values, kind.partition(":")[2])
    return _as_number(values, kind)


def _as_number(values: pd.Series, kind: ColumnKind) -> pd.Series:
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return values.dt.total_seconds()
    plain = values
    if kind == "boolean" and values.dtype == np.object_:
        plain = values.replace({"True": 1.0, "true": 1.0, "False": 0.0, "false": 0.0})
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    _refuse_lost(values, numbers, "a number" if kind == "number" else "true or false")
    infinite = np.isinf(numbers)
    return numbers.mask(infinite) if infinite.any() else numbers


def _as_text(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.StringDtype):
        return values.astype("str")
    missing = values.isna()
    texts = [None if gone else _text(value) for value, gone in zip(values, missing, strict=True)]
    return pd.Series(texts, index=values.index, name=values.name, dtype="str")


def _text(value: Any) -> str:
    # 1.0 is how pandas shows the 1 of a column that has missing values.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _as_datetime(values: pd.Series, form: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values.dtype):
        # pandas would count numbers as nanoseconds since 1970.
        _refuse_lost(values, values.mask(values.notna()), "a date")
        values = values.astype("float64")
    if form and values.dtype == np.object_:
        dates = pd.to_datetime(values, errors="coerce", utc=True, format=form)
        # Dates may also come as dates, or as ISO 8601 spells them, which is never ambiguous.
        rest = pd.to_datetime(values[dates.isna()], errors="coerce", utc=True, format="ISO8601")
        dates = dates.fillna(rest)
    else:
        mixed = "mixed" if values.dtype == np.object_ else None
        dates = pd.to_datetime(values, errors="coerce", utc=True, format=mixed)
    _refuse_lost(values, dates, f"a date{form and f' ({form})'}")
    return dates.dt.tz_localize(None).astype("datetime64[us]")


def _refuse_lost(before: pd.Series, after: pd.Series, expected: str) -> None:
    lost = (before.notna() & after.isna()).to_numpy()
    if lost.any():
        row = int(np.flatnonzero(lost)[0])
        value = before.iloc[row]
        shown = value.item() if isinstance(value, np.generic) else value
        raise WrongValue(str(before.name), expected, shown, row + 1)


def plain_features(table: pd.DataFrame, kinds: dict[str, ColumnKind]) -> pd.DataFrame:
    """The columns named in `kinds`, in that order, each as `as_kind` makes it.

    Further columns are ignored. Raises ValueError that lists the columns that are not there.
    """
    absent = [name for name in kinds if name not in table.columns]
    if absent:
        raise ValueError(f"columns missing from the table: {', '.join(map(repr, absent))}")
    columns = {name: as_kind(table[name], kind) for name, kind in kinds.items()}
    return pd.DataFrame(columns, index=table.index)


def single_threaded() -> Any:
    """Context in which BLAS uses one thread, so that sums have one order on any machine."""
    return numeric_libraries().limit(limits=1, user_api="blas")


def numeric_libraries() -> Any:
    """threadpoolctl's controller of the libraries that are loaded now."""
    return _found_libraries(len(sys.modules))


@lru_cache(maxsize=1)
def _found_libraries(_: int) -> Any:
    """Looking for them takes milliseconds, and only an import can load another one."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@dataclass(frozen=True)
class Network:
    """A multi-layer perceptron as plain arrays: what a Keras network has learned.

    `layers` are (weights of shape (inputs, units), biases of shape (units,)), float32, with ReLU
    between them. A network of numbers ends in `outputs * scale + offset`, one of classes
    (scale None) in softmax. NumPy predicts with it: TensorFlow's last digits change with its
    threads and its oneDNN setting, and it takes seconds to import.
    """

    layers: list[tuple[np.ndarray, np.ndarray]]
    scale: float | None = None
    offset: float = 0.0

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs for float inputs of shape (rows, inputs): float64, (rows,) or (rows, classes)."""
        raw = self._forward(inputs.astype("float32")).astype("float64")
        if self.scale is not None:
            return raw[:, 0] * self.scale + self.offset
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _forward(self, values: np.ndarray) -> np.ndarray:
        for weights, biases in self.layers[:-1]:
            values = np.maximum(_row_by_row(values, weights) + biases, 0.0)
        weights, biases = self.layers[-1]
        return _row_by_row(values, weights) + biases

    def save(self, path: str | Path) -> None:
        """Write the arrays to an .npz file, without pickle."""
        arrays = {f"{kind}{n}": a for n, pair in enumerate(self.layers)
                  for kind, a in zip("wb", pair, strict=True)}  # fmt: skip
        if self.scale is not None:
            arrays |= {"scale": np.array(self.scale), "offset": np.array(self.offset)}
        np.savez(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Network":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            count = sum(name.startswith("w") for name in arrays)
            layers = [(arrays[f"w{n}"], arrays[f"b{n}"]) for n in range(count)]
            if "scale" not in arrays:
                return cls(layers)
            return cls(layers, float(arrays["scale"]), float(arrays["offset"]))


def _row_by_row(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`rows @ weights`, each row by itself: in one product its last digits depend on the others."""
    return np.asarray((rows[:, np.newaxis, :] @ weights)[:, 0, :])


class TabularModel:
    """A fitted model of raw rows: `pipeline` turns them into numbers or predictions.

    `network` takes the numbers where the family is a network; elsewhere the pipeline ends in an
    estimator of its own. `classes` are the labels, None for regression.
    """

    def __init__(
        self,
        pipeline: Any,
        kinds: dict[str, ColumnKind],
        classes: list[Any] | None = None,
        network: Network | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.kinds = kinds
        self.classes = classes
        self.network = network

    def predict(self, table: pd.DataFrame) -> np.ndarray:
        """Predictions for raw rows, shape (rows,): float64, or labels of the training type."""
        outputs = self.outputs(table)
        return outputs if self.classes is None else labels_of(outputs, self.classes)

    def predict_proba(self, table: pd.DataFrame) -> np.ndarray:
        """Probabilities for raw rows, float64 of shape (rows, classes), as `classes` are."""
        if self.classes is None:
            raise ValueError("probabilities need classes: this is a model of a number")
        return self.outputs(table)

    def outputs(self, table: pd.DataFrame) -> np.ndarray:
        """Numbers (rows,), or probabilities (rows, classes), float64."""
        return self.outputs_of(plain_features(table, self.kinds))

    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        """The same for rows that `plain_features` has made."""
        with single_threaded():
            if self.network is not None:
                found = self.network.predict(np.asarray(self.pipeline.transform(rows)))
            else:
                found = self._estimate(self.pipeline[:-1].transform(rows))
        return np.asarray(found, dtype="float64")

    def _estimate(self, inputs: Any) -> np.ndarray:
        estimator = self.pipeline[-1]
        if hasattr(getattr(estimator, "regressor_", estimator), "coef_"):
            from scipy.sparse import csr_array

            # BLAS, which dense rows go through, sums a row otherwise in other company.
            inputs = csr_array(np.asarray(inputs, dtype="float64"))
        found = (
            estimator.predict(inputs) if self.classes is None else estimator.predict_proba(inputs)
        )
        return np.asarray(found)


def labels_of(probabilities: np.ndarray, classes: list[Any]) -> np.ndarray:
    """The most probable label of each row, shape (rows,), in its training type."""
    labels = np.array(classes, dtype=object if isinstance(classes[0], str) else None)
    return labels[np.argmax(probabilities, axis=1)]


def load_pipeline(path: str | Path) -> Any:
    """The scikit-learn pipeline in a skops file; only the types listed above are built."""
    from skops.io import load

    return load(path, trusted=list(TRUSTED_TYPES))


class Predictor(mlflow.pyfunc.PythonModel):
    """MLflow's view of a model: a DataFrame in, predictions or probabilities out."""

    def load_context(self, context: Any) -> None:
        """Open the files of the model."""
        network = None
        if "network" in context.artifacts:
            network = Network.load(context.artifacts["network"])
        self.model = TabularModel(
            load_pipeline(context.artifacts["pipeline"]),
            dict(context.model_config["columns"]),
            context.model_config["classes"],
            network,
        )

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> Any:
        """Predictions of shape (rows,).

        A classifier called with params={"output": "probabilities"} returns a DataFrame instead:
        one float64 column per class, named by its label.
        """
        wanted = (params or {}).get("output", "prediction")
        if wanted == "probabilities":
            names: Iterable[Any] = self.model.classes or []
            return pd.DataFrame(
                self.model.predict_proba(model_input),
                columns=[str(name) for name in names],
                index=model_input.index,
            )
        if wanted != "prediction":
            raise ValueError(f"output must be 'prediction' or 'probabilities', got '{wanted}'")
        return self.model.predict(model_input)

    def predict_proba(self, model_input: pd.DataFrame) -> np.ndarray:
        """Probabilities, float64 of shape (rows, classes)."""
        return self.model.predict_proba(model_input)


if __name__ != "reprise.predictor":  # MLflow runs the copy in the model under a name of its own
    mlflow.models.set_model(Predictor())
