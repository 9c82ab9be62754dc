"""A trained model as an MLflow model: files without pickle, signature, example, requirements."""

import json
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Run
from mlflow.models import Model, ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema

from reprise.data.reference import Reference
from reprise.data.schema import Schema as TableSchema
from reprise.data.typical_row import typical_row
from reprise.models.family import Fitted
from reprise.predictor import CONFORMAL, Conformal, member_name, mlflow_model
from reprise.runtime.pinned_code import Pinned, pinned_files
from reprise.runtime.scratch import scratch
from reprise.tracking.artifacts import local_artifact
from reprise.tracking.contract import CONFORMAL_FILE, MODEL, REFERENCE
from reprise.tracking.mlflow_patches import no_trial_prediction, schema_in_one_line

_REQUIREMENTS = ("mlflow", "pandas", "numpy", "scikit-learn", "skrub", "skops", "threadpoolctl")


# The key of a model's metadata under which its recipes stand.
RECIPES = "recipes"
_REFERENCE = PurePosixPath(REFERENCE).stem
_ENTRY = PurePosixPath("reprise/predictor/mlflow_model.py")


# Writes the files of a model into a folder that is there; returns them by artifact name.
Writer = Callable[[Path], dict[str, Path]]


@dataclass(frozen=True)
class Contents:
    """What a model is made of: its files, once they are written, and labels (None for regression).

    A blend has a folder for each member instead, and their `weights` in that order. `recipes` say
    how to fit it again, as JSON values; `reference` what the rows that it learned from are like;
    `conformal` how far it is off on rows that it has not learned from.
    """

    family: str
    write: Writer
    classes: list[Any] | None
    recipes: Sequence[Mapping[str, Any]] = ()
    weights: Sequence[float] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    reference: Reference | None = None
    conformal: Conformal | None = None


@dataclass(frozen=True)
class LoggedModel:
    """Where a logged model lies, and how large it is in bytes."""

    uri: str
    model_id: str
    size: int


def log_model(contents: Contents, schema: TableSchema, rows: pd.DataFrame) -> LoggedModel:
    """Log a model under `name="model"` in the active run, with an example that is like `rows`."""
    # Pairs, because MLflow sorts the keys of a mapping and the order of columns matters.
    config: dict[str, Any] = {
        "columns": [list(pair) for pair in schema.kinds.items()],
        "classes": contents.classes,
    }
    if contents.weights:
        config["weights"] = list(contents.weights)
    metadata: dict[str, Any] = {
        "family": contents.family,
        "task": schema.task,
        "target": schema.target,
    }
    if schema.target_kind:
        metadata["target_kind"] = schema.target_kind
    if schema.asked:
        metadata["asked"] = schema.asked
    with scratch() as name, no_trial_prediction():
        written = contents.write(Path(name))
        files = {**written, mlflow_model.CODE: write_code(Path(name) / mlflow_model.CODE)}
        if contents.reference is not None:
            files[_REFERENCE] = _write_reference(Path(name), contents.reference)
        if contents.conformal is not None:
            files[CONFORMAL] = Path(name) / CONFORMAL_FILE
            contents.conformal.save(files[CONFORMAL])
        info = mlflow.pyfunc.log_model(
            name=MODEL,
            python_model=str(_write_entry(Path(name))),
            artifacts={name: str(path) for name, path in files.items()},
            model_config=config,
            signature=signature(schema),
            input_example=pd.DataFrame([typical_row(rows, schema)]),
            pip_requirements=requirements(),
            params=dict(contents.params),
            metadata=metadata | {RECIPES: [dict(recipe) for recipe in contents.recipes]},
            model_type="regressor" if schema.task == "regression" else "classifier",
        )
        size = sum(_size(path) for path in written.values())
    return LoggedModel(info.model_uri, info.model_id, size)


def write_code(folder: Path) -> Path:
    """Copy the code that predicts into a new folder; return it."""
    folder.mkdir()
    for path, file in _predictor().items():
        if path != _ENTRY:
            (folder / path.name).write_bytes(file.content)
    return folder


def _write_reference(folder: Path, reference: Reference) -> Path:
    path = folder / REFERENCE
    path.write_text(json.dumps(reference.to_json(), ensure_ascii=False), encoding="utf-8")
    return path


def _write_entry(folder: Path) -> Path:
    (folder / _ENTRY.name).write_bytes(_predictor()[_ENTRY].content)
    return folder / _ENTRY.name


def _predictor() -> dict[PurePosixPath, Pinned]:
    """The files of the code that predicts, as this process has read them."""
    files = {PurePosixPath(name): file for name, file in pinned_files().items()}
    return {path: file for path, file in files.items() if path.parent == _ENTRY.parent}


def members_of(members: Sequence[Callable[[Path], object]]) -> Writer:
    """The files of a blend: those that each member writes, in a folder of its own."""

    def write(folder: Path) -> dict[str, Path]:
        found = {member_name(n): folder / member_name(n) for n in range(1, len(members) + 1)}
        for member, place in zip(members, found.values(), strict=True):
            place.mkdir()
            member(place)
        return found

    return write


def copy_of(model: Path) -> Callable[[Path], object]:
    """The files of a stored model that predict, for a member of a blend."""
    its_own = shutil.ignore_patterns(mlflow_model.CODE, REFERENCE, CONFORMAL_FILE)
    return partial(shutil.copytree, model / "artifacts", ignore=its_own, dirs_exist_ok=True)


def files_of(fitted: Fitted) -> Writer:
    """The files of a fitted model.

    pipeline.skops for every family; a network's arrays as network.npz, which predicts, and as
    network.keras, for those who want to go on with it in Keras.
    """
    return partial(_write_files, fitted)


def stored_model(run: Run) -> Model:
    """What MLflow knows of the model that a run has logged."""
    return Model.load(str(local_artifact(run, MODEL)))


def stored_conformal(run: Run) -> Conformal | None:
    """What bounds the predictions of the model that a run has logged; None where nothing does."""
    path = local_artifact(run, MODEL) / "artifacts" / CONFORMAL_FILE
    return Conformal.load(path) if path.exists() else None


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _write_files(fitted: Fitted, folder: Path) -> dict[str, Path]:
    import skops.io

    files = {"pipeline": folder / "pipeline.skops"}
    with schema_in_one_line():
        skops.io.dump(
            fitted.pipeline, files["pipeline"], compression=zipfile.ZIP_DEFLATED, compresslevel=1
        )
    if fitted.network is not None:
        files |= {"network": folder / "network.npz", "keras": folder / "network.keras"}
        fitted.network.save(files["network"])
        fitted.keras.save(files["keras"])
    return files


def signature(schema: TableSchema) -> ModelSignature:
    """Inputs by name, all required; outputs by type.

    Input types are open: MLflow would refuse int64 for double, and a float (an integer column with
    a gap) for long. The predictor checks values itself and names the row that does not fit.
    """
    output = {"float64": "double", "int64": "long", "bool": "boolean"}
    parameters = [ParamSpec("output", "string", "prediction"), ParamSpec("coverage", "double", 0.9)]
    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name) for name in schema.columns]),
        outputs=Schema([ColSpec(output.get(schema.target_type, "string"))]),
        params=ParamSchema(parameters),
    )


def requirements() -> list[str]:
    """What a model needs where it is loaded, at the versions it was made with."""
    return [f"{name}=={version(name)}" for name in _REQUIREMENTS]
