import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import skops.io

from reprise.evaluation import predict
from reprise.lineage.code import reachable_source
from reprise.models import FAMILIES
from reprise.packaging import Contents, log_model, write_files, write_members
from reprise.predictor import TRUSTED_TYPES, Blend, TabularModel
from reprise.preparation import SplitOptions, prepare
from reprise.raw.reading import RawTable
from reprise.schema import Schema
from tests.unit.nasty_table import (
    CASES,
    TARGETS,
    features_of,
    fit,
    fitted,
    kinds,
    nasty_table,
    parts,
    unseen_rows,
)

BLENDED = ("number", "kind")
# Loads models on its own: arguments are the rows, the models' folders and where answers go.
FRESH = """
import json, sys
import mlflow
import pandas as pd

rows, models, answers = sys.argv[1:]
rows = pd.read_parquet(rows)
mixed = rows[sorted(rows.columns, key=hash)].assign(**{"not known": 1, "nor, this": "x"})
said = {}
for name, folder in json.load(open(models)).items():
    model = mlflow.pyfunc.load_model(folder)
    values = model.predict(rows)
    said[name] = {
        "values": [v.hex() if type(v) is float else v for v in values.tolist()],
        "mixed": (model.predict(mixed) == values).all().item(),
    }
    if model.metadata.metadata["task"] == "classification":
        shares = model.predict(rows, params={"output": "probabilities"})
        said[name]["classes"] = list(shares.columns)
        said[name]["probabilities"] = [[v.hex() for v in row] for row in shares.to_numpy().tolist()]
said["modules"] = [n for n in sys.modules if n.split(".")[0] in ("reprise", "steps", "tensorflow")]
json.dump(said, open(answers, "w"))
"""


@dataclass(frozen=True)
class Stored:
    """A model in this process, and the folder where MLflow keeps it."""

    model: TabularModel
    folder: Path


def schema_of(target: str) -> Schema:
    """The schema that `prepare` finds: the earliest rows are the train part."""
    raw = nasty_table().drop(columns=[name for name in TARGETS if name != target])
    options = SplitOptions("time:listed at", 0.2, 0.175, 42)
    schema = prepare(RawTable.of(raw), "nasty.csv", target, TARGETS[target], options).schema
    assert schema.kinds == kinds()
    assert schema.rows["train"] == 150
    return schema


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stored]:
    """Every family for every target, logged in a run; the tests only read them."""
    folder = tmp_path_factory.mktemp("models")
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment("models", (folder / "artifacts").as_uri())
    )
    found = {}
    for family, target in CASES:
        work = folder / f"{family} {target}"
        work.mkdir()
        with mlflow.start_run():
            files = write_files(fitted(family, target), work)
            contents = Contents(family, files, fitted(family, target).classes)
            logged = log_model(contents, schema_of(target), parts(target)[1].X, work)
        place = Path(mlflow.artifacts.download_artifacts(logged.uri))
        found[f"{family} {target}"] = Stored(fitted(family, target).model(kinds()), place)
    for target in BLENDED:
        found[f"blend {target}"] = stored_blend(target, folder)
    mlflow.set_tracking_uri(None)
    return found


def stored_blend(target: str, folder: Path) -> Stored:
    """A blend of every family for a target, logged in a run."""
    members = [fitted(family, target) for family in FAMILIES]
    weights = [0.1, 0.2, 0.3, 0.4]
    work = folder / f"blend {target}"
    work.mkdir()
    files = write_members(members, work)
    contents = Contents("ensemble", files, members[0].classes, weights=weights)
    with mlflow.start_run():
        logged = log_model(contents, schema_of(target), parts(target)[1].X, work)
    models = [member.model(kinds()) for member in members]
    place = Path(mlflow.artifacts.download_artifacts(logged.uri))
    return Stored(Blend(models, weights), place)


@pytest.fixture(scope="module")
def raw_rows() -> pd.DataFrame:
    """Raw rows of the later parts, and rows that are like none of the train rows."""
    return pd.concat([features_of(nasty_table()).iloc[-40:], unseen_rows()], ignore_index=True)


@pytest.fixture(scope="module")
def answers(
    stored: dict[str, Stored], raw_rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the models say in a process that has neither the project nor pickle."""
    folder = tmp_path_factory.mktemp("elsewhere")
    raw_rows.to_parquet(folder / "rows.parquet")
    models = {name: str(entry.folder) for name, entry in stored.items()}
    (folder / "models.json").write_text(json.dumps(models))
    (folder / "fresh.py").write_text(FRESH)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MLFLOW_", "TF_"))
    }
    files = [folder / name for name in ("fresh.py", "rows.parquet", "models.json", "answers.json")]
    subprocess.run(
        [sys.executable, "-I", *map(str, files)],
        cwd=folder,
        env={**kept, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "OMP_NUM_THREADS": "2"},
        capture_output=True,
        check=True,
    )
    return json.loads(files[-1].read_text())


NAMES = [f"{family} {target}" for family, target in CASES]
NAMES += [f"blend {target}" for target in BLENDED]
every_model = pytest.mark.parametrize("name", NAMES)
every_classifier = pytest.mark.parametrize(
    "name", [name for name in NAMES if not name.endswith("number")]
)


@every_model
def test_a_fresh_process_predicts_raw_rows_bit_for_bit(name, stored, raw_rows, answers):
    here = stored[name].model.predict(raw_rows).tolist()
    assert answers[name]["values"] == [v.hex() if type(v) is float else v for v in here]


@every_classifier
def test_a_fresh_process_gives_the_same_probabilities(name, stored, raw_rows, answers):
    model = stored[name].model
    here = model.predict_proba(raw_rows).tolist()
    assert answers[name]["classes"] == [str(label) for label in model.classes]
    assert answers[name]["probabilities"] == [[value.hex() for value in row] for row in here]


@every_model
def test_reordered_and_further_columns_change_nothing(name, answers):
    assert answers[name]["mixed"]


def test_a_model_loads_without_the_project_and_without_tensorflow(answers):
    assert answers["modules"] == []


@every_model
def test_dates_and_gaps_of_a_csv_file_are_read_as_those_of_the_table(name, stored, tmp_path):
    rows = features_of(nasty_table()).iloc[-40:]
    rows.to_csv(tmp_path / "rows.csv", index=False)
    from_csv = pd.read_csv(tmp_path / "rows.csv")
    model = mlflow.pyfunc.load_model(str(stored[name].folder))
    assert model.predict(from_csv).tolist() == model.predict(rows).tolist()


@pytest.mark.parametrize("family", FAMILIES)
def test_whole_numbers_may_come_as_floats_with_gaps_and_floats_as_whole_numbers(family, stored):
    model = mlflow.pyfunc.load_model(str(stored[f"{family} number"].folder))
    rows = features_of(nasty_table()).iloc[-40:].assign(**{'weight "kg"': np.arange(40.0)})
    as_whole = rows.assign(**{'weight "kg"': np.arange(40, dtype="int64")})
    as_float = rows.assign(count=rows["count"].astype(float))
    assert as_whole['weight "kg"'].dtype == "int64"
    assert np.array_equal(model.predict(as_whole), model.predict(rows))
    assert np.array_equal(model.predict(as_float), model.predict(rows))
    gap = as_float.copy()
    gap.iloc[0, gap.columns.get_loc("count")] = np.nan
    values = model.predict(gap)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values[1:], model.predict(rows)[1:], rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_missing_column_is_named(family, stored):
    model = mlflow.pyfunc.load_model(str(stored[f"{family} kind"].folder))
    rows = features_of(nasty_table()).drop(columns=["size, m² [raw]"])
    with pytest.raises(mlflow.MlflowException, match="size, m² \\[raw\\]"):
        model.predict(rows)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_value_of_another_kind_is_named(family, stored):
    model = mlflow.pyfunc.load_model(str(stored[f"{family} kind"].folder))
    rows = features_of(nasty_table()).astype({"count": object}).reset_index(drop=True)
    rows.loc[4, "count"] = "many"
    with pytest.raises(ValueError, match="'count' must hold a number, got 'many' in row 5"):
        model.predict(rows)


def test_only_classifiers_take_the_output_parameter(stored):
    rows = features_of(nasty_table())
    classifier = mlflow.pyfunc.load_model(str(stored["rf kind"].folder))
    with pytest.raises(ValueError, match="'prediction' or 'probabilities', got 'shares'"):
        classifier.predict(rows, params={"output": "shares"})
    assert classifier.predict(rows, params={"output": "prediction"}).shape == (240,)
    assert stored["rf number"].folder.joinpath("MLmodel").read_text().count("params: null") == 1


@every_model
def test_the_signature_names_every_column_and_the_type_of_the_target(name, stored):
    signature = mlflow.models.Model.load(str(stored[name].folder)).signature
    assert signature.inputs.input_names() == list(kinds())
    assert signature.inputs.optional_input_names() == []
    expected = {"number": "double", "flag": "boolean", "code": "long", "kind": "string"}
    assert [spec.name for spec in signature.outputs.input_types()] == [
        expected[name.partition(" ")[2]]
    ]


@every_model
def test_the_input_example_can_be_predicted(name, stored):
    folder = str(stored[name].folder)
    example = mlflow.models.Model.load(folder).load_input_example(folder)
    assert list(example.columns) == list(kinds())
    expected = stored[name].model.predict(parts(name.partition(" ")[2])[1].X.iloc[:5])
    assert mlflow.pyfunc.load_model(folder).predict(example).tolist() == expected.tolist()


@every_model
def test_no_file_of_a_model_is_a_pickle(name, stored):
    files = [path for path in stored[name].folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.suffix not in (".pkl", ".pickle", ".joblib", ".cloudpickle", ".bin"), path
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[key].dtype.kind == "f" for key in arrays)
        elif zipfile.is_zipfile(path):
            assert path.suffix in (".skops", ".keras"), path
            inside = {Path(entry).suffix for entry in zipfile.ZipFile(path).namelist()}
            assert inside <= {".json", ".npy", ".npz", ".h5", ".bin"}, path
            for entry in zipfile.ZipFile(path).namelist():
                if entry.endswith(".npy"):
                    with zipfile.ZipFile(path).open(entry) as member:
                        np.load(member, allow_pickle=False)
        else:
            assert path.read_bytes()[:1] != b"\x80", path


def test_the_trusted_types_are_all_that_the_families_need_and_no_more(stored):
    needed: set[str] = set()
    for entry in stored.values():
        for file in entry.folder.rglob("pipeline.skops"):
            needed |= set(skops.io.get_untrusted_types(file=file))
    assert list(TRUSTED_TYPES) == sorted(needed)


@pytest.mark.parametrize("target", list(TARGETS))
def test_keras_and_numpy_agree_on_a_network(target, stored, raw_rows):
    from reprise.models.tensorflow import keras
    from reprise.predictor import plain_features

    entry = stored[f"nn {target}"]
    network = keras.saving.load_model(entry.folder / "artifacts" / "network.keras", safe_mode=True)
    inputs = np.asarray(entry.model.pipeline.transform(plain_features(raw_rows, kinds())))
    outputs = np.asarray(network(inputs.astype("float32")))
    ours = predict(entry.model, raw_rows).numbers
    np.testing.assert_allclose(outputs.reshape(ours.shape), ours, rtol=1e-4)


def test_a_model_says_its_size_and_what_it_needs(tmp_path):
    with mlflow.start_run():
        files = write_files(fit("gbm", "number"), tmp_path)
        contents = Contents("gbm", files, None, params={"n_estimators": 8})
        logged = log_model(contents, schema_of("number"), parts("number")[1].X, tmp_path)
    folder = Path(mlflow.artifacts.download_artifacts(logged.uri))
    assert logged.size == (folder / "artifacts" / "pipeline.skops").stat().st_size
    needed = (folder / "requirements.txt").read_text().splitlines()
    names = {line.partition("==")[0] for line in needed}
    assert {"mlflow", "skops", "skrub", "scikit-learn"} <= names
    assert "tensorflow" not in names
    assert all("==" in line for line in needed)
    stored = mlflow.get_logged_model(logged.model_id)
    assert stored.name == "model"
    assert stored.params == {"n_estimators": "8"}


def test_the_code_that_a_model_carries_is_what_the_steps_that_make_it_reach(stored):
    folder = stored["rf number"].folder
    carried = {path.stem: path.read_text() for path in (folder / "artifacts/predictor").glob("*")}
    carried["mlflow_model"] = (folder / "mlflow_model.py").read_text()
    reached = {
        name.removeprefix("reprise.predictor").removeprefix(".") or "__init__": text
        for name, text in reachable_source("steps.train_rf").items()
        if name.startswith("reprise.predictor")
    }
    assert carried == reached
