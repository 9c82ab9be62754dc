"""A trained model as an MLflow model: files without pickle, signature, example, requirements."""

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Run
from mlflow.models import Model, ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema

from reprise.lineage.artifacts import local_artifact
from reprise.models.family import Fitted
from reprise.predictor import member_name, mlflow_model
from reprise.schema import Schema as TableSchema

NAME = "model"
EXAMPLE_ROWS = 5
_REQUIREMENTS = ("mlflow", "pandas", "numpy", "scikit-learn", "skrub", "skops", "threadpoolctl")


# The key of a model's metadata under which its recipes stand.
RECIPES = "recipes"
_ENTRY = Path(mlflow_model.__file__)


@dataclass(frozen=True)
class Contents:
    """What a model is made of: files by artifact name, and its labels (None for regression).

    A blend has a folder for each member instead, and their `weights` in that order. `recipes` say
    how to fit it again, as JSON values.
    """

    family: str
    files: Mapping[str, Path]
    classes: list[Any] | None
    recipes: Sequence[Mapping[str, Any]] = ()
    weights: Sequence[float] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LoggedModel:
    """Where a logged model lies, and how large it is in bytes."""

    uri: str
    model_id: str
    size: int


def log_model(
    contents: Contents, schema: TableSchema, example: pd.DataFrame, folder: Path
) -> LoggedModel:
    """Log a model under `name="model"` in the active run; `folder` has room for its code."""
    # Pairs, because MLflow sorts the keys of a mapping and the order of columns matters.
    config: dict[str, Any] = {
        "columns": [list(pair) for pair in schema.kinds.items()],
        "classes": contents.classes,
    }
    if contents.weights:
        config["weights"] = list(contents.weights)
    files = {**contents.files, mlflow_model.CODE: write_code(folder / mlflow_model.CODE)}
    metadata = {"family": contents.family, "task": schema.task, "target": schema.target}
    with _without_trial():
        info = mlflow.pyfunc.log_model(
            name=NAME,
            python_model=str(_ENTRY),
            artifacts={name: str(path) for name, path in files.items()},
            model_config=config,
            signature=signature(schema),
            input_example=example.head(EXAMPLE_ROWS).reset_index(drop=True),
            pip_requirements=requirements(),
            params=dict(contents.params),
            metadata=metadata | {RECIPES: [dict(recipe) for recipe in contents.recipes]},
            model_type="regressor" if schema.task == "regression" else "classifier",
        )
    size = sum(_size(path) for path in contents.files.values())
    return LoggedModel(info.model_uri, info.model_id, size)


@contextmanager
def _without_trial() -> Iterator[None]:
    """Have MLflow log a model without loading it for a first prediction of its example.

    That costs more than all else, and what it would find is only a line in the log.
    """
    from mlflow.models import utils

    original, utils._validate_serving_input = utils._validate_serving_input, lambda **_: None
    try:
        yield
    finally:
        utils._validate_serving_input = original


def write_code(folder: Path) -> Path:
    """Copy the code that predicts into a new folder; return it."""
    folder.mkdir()
    for path in sorted(_ENTRY.parent.glob("*.py")):
        if path != _ENTRY:
            shutil.copy(path, folder)
    return folder


def write_members(members: Sequence[Fitted], folder: Path) -> dict[str, Path]:
    """Write the files of each member of a blend into a folder of its own within `folder`."""
    found = {member_name(n): folder / member_name(n) for n in range(1, len(members) + 1)}
    for fitted, place in zip(members, found.values(), strict=True):
        place.mkdir()
        write_files(fitted, place)
    return found


def copy_members(models: Sequence[Path], folder: Path) -> dict[str, Path]:
    """Copy the files of stored models as those of the members of a blend."""
    found = {member_name(n): folder / member_name(n) for n in range(1, len(models) + 1)}
    for model, place in zip(models, found.values(), strict=True):
        shutil.copytree(
            model / "artifacts", place, ignore=shutil.ignore_patterns(mlflow_model.CODE)
        )
    return found


def stored_model(run: Run) -> Model:
    """What MLflow knows of the model that a run has logged."""
    return Model.load(str(local_artifact(run, NAME)))


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


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
