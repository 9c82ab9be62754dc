"""A trained model as an MLflow model: files without pickle, signature, example, requirements."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema

import reprise.predictor
from reprise.models.family import Family, Fitted
from reprise.schema import Schema as TableSchema

NAME = "model"
EXAMPLE_ROWS = 5
_REQUIREMENTS = ("mlflow", "pandas", "numpy", "scikit-learn", "skrub", "skops", "threadpoolctl")


@dataclass(frozen=True)
class LoggedModel:
    """Where a logged model lies, and how large it is in bytes."""

    uri: str
    model_id: str
    size: int


def log_model(
    fitted: Fitted,
    family: Family,
    schema: TableSchema,
    example: pd.DataFrame,
    params: dict[str, Any],
    folder: Path,
) -> LoggedModel:
    """Log the model under `name="model"` in the active run; `folder` holds its files meanwhile."""
    files = write_files(fitted, folder)
    info = mlflow.pyfunc.log_model(
        name=NAME,
        python_model=reprise.predictor.__file__,
        artifacts={name: str(path) for name, path in files.items()},
        # Pairs, because MLflow sorts the keys of a mapping and the order of columns matters.
        model_config={
            "columns": [list(pair) for pair in schema.kinds.items()],
            "classes": fitted.classes,
        },
        signature=signature(schema),
        input_example=example.head(EXAMPLE_ROWS).reset_index(drop=True),
        pip_requirements=requirements(),
        params=params,
        metadata={"family": family.name, "task": schema.task, "target": schema.target},
        model_type="regressor" if schema.task == "regression" else "classifier",
    )
    size = sum(path.stat().st_size for path in files.values())
    return LoggedModel(info.model_uri, info.model_id, size)


def write_files(fitted: Fitted, folder: Path) -> dict[str, Path]:
    """Write the model's files into `folder`; return them by artifact name.

    pipeline.skops for every family; a network's arrays as network.npz, which predicts, and as
    network.keras, for those who want to go on with it in Keras.
    """
    import skops.io

    files = {"pipeline": folder / "pipeline.skops"}
    with _without_indentation():
        skops.io.dump(
            fitted.pipeline, files["pipeline"], compression=zipfile.ZIP_DEFLATED, compresslevel=1
        )
    if fitted.network is not None:
        files |= {"network": folder / "network.npz", "keras": folder / "network.keras"}
        fitted.network.save(files["network"])
        fitted.keras.save(files["keras"])
    return files


@contextmanager
def _without_indentation() -> Iterator[None]:
    """Have skops write its JSON in one line: with indentation Python's slow encoder writes it.

    A pipeline of 10 columns has 8 MB of JSON, most of it spaces; each column adds as much.
    """
    from skops.io import _persist

    encoder = SimpleNamespace(dumps=lambda state, **_: json.dumps(state, separators=(",", ":")))
    original, _persist.json = _persist.json, encoder
    try:
        yield
    finally:
        _persist.json = original


def signature(schema: TableSchema) -> ModelSignature:
    """Inputs by name, all required; outputs by type.

    Input types are open: MLflow would refuse int64 for double, and a float (an integer column with
    a gap) for long. The predictor checks values itself and names the row that does not fit.
    """
    output = {"float64": "double", "int64": "long", "bool": "boolean"}
    parameters = None
    if schema.task == "classification":
        parameters = ParamSchema([ParamSpec("output", "string", "prediction")])
    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name) for name in schema.columns]),
        outputs=Schema([ColSpec(output.get(schema.target_type, "string"))]),
        params=parameters,
    )


def requirements() -> list[str]:
    """What a model needs where it is loaded, at the versions it was made with."""
    return [f"{name}=={version(name)}" for name in _REQUIREMENTS]
