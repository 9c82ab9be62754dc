"""Models as they are stored: what is in their files, and what they say once loaded."""

import zipfile
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import skops.io

from reprise.data.typical_row import typical_row
from reprise.evaluation.prediction import predict
from reprise.models.families import FAMILIES
from reprise.predictor import TRUSTED_TYPES
from reprise.provenance.code import reachable_source
from reprise.training.model_package import Contents, files_of, log_model
from tests.nasty_table import (
    TARGETS,
    features_of,
    fit,
    kinds,
    nasty_table,
    parts,
)
from tests.stored_models import every_classifier, every_model, schema_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("keras")]


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


def test_every_model_takes_the_output_parameter_and_names_what_it_may_be(stored):
    rows = features_of(nasty_table())
    for name in ("rf kind", "rf number"):
        model = mlflow.pyfunc.load_model(str(stored[name].folder))
        with pytest.raises(ValueError, match="probabilities, interval, reasons, got 'shares'"):
            model.predict(rows, params={"output": "shares"})
        assert model.predict(rows, params={"output": "prediction"}).shape == (240,)
        with pytest.raises(ValueError, match="train it again"):
            model.predict(rows, params={"output": "interval"})


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
def test_the_input_example_can_be_predicted_and_is_no_row_of_the_table(name, stored):
    folder = str(stored[name].folder)
    example = mlflow.models.Model.load(folder).load_input_example(folder)
    assert list(example.columns) == list(kinds())
    assert len(example) == 1
    assert example["note"].tolist() == ["any text"]
    rows = parts(name.partition(" ")[2])[1].X
    assert not set(example['weight "kg"']) & set(rows['weight "kg"'])
    model, here = mlflow.pyfunc.load_model(folder), stored[name].model
    assert model.predict(example).tolist() == here.predict(example).tolist()
    typical = pd.DataFrame([typical_row(rows, schema_of(name.partition(" ")[2]))])
    assert model.predict(typical).tolist() == model.predict(example).tolist()


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
    from reprise.models.keras_import import keras
    from reprise.predictor import plain_features

    entry = stored[f"nn {target}"]
    network = keras.saving.load_model(entry.folder / "artifacts" / "network.keras", safe_mode=True)
    inputs = np.asarray(entry.model.pipeline.transform(plain_features(raw_rows, kinds())))
    outputs = np.asarray(network(inputs.astype("float32")))
    ours = predict(entry.model, raw_rows).numbers
    np.testing.assert_allclose(outputs.reshape(ours.shape), ours, rtol=1e-4)


def test_a_model_says_its_size_and_what_it_needs():
    with mlflow.start_run():
        files = files_of(fit("gbm", "number"))
        contents = Contents("gbm", files, None, params={"n_estimators": 8})
        logged = log_model(contents, schema_of("number"), parts("number")[1].X)
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
