"""Every family for every target, logged in a run, and what it says in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.schema import Schema
from reprise.data.split_rule import Split, SplitOptions
from reprise.models.families import FAMILIES
from reprise.predictor import Blend, TabularModel
from reprise.training.model_package import Contents, files_of, log_model, members_of
from tests.nasty_table import (
    CASES,
    TARGETS,
    features_of,
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
    options = SplitOptions(Split("time", "listed at"), 0.2, 0.175, 42)
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
        model = fitted(family, target)
        contents = Contents(family, files_of(model), model.classes)
        with mlflow.start_run():
            logged = log_model(contents, schema_of(target), parts(target)[1].X)
        place = Path(mlflow.artifacts.download_artifacts(logged.uri))
        found[f"{family} {target}"] = Stored(fitted(family, target).model(kinds()), place)
    for target in BLENDED:
        found[f"blend {target}"] = stored_blend(target)
    mlflow.set_tracking_uri(None)
    return found


def stored_blend(target: str) -> Stored:
    """A blend of every family for a target, logged in a run."""
    members = [fitted(family, target) for family in FAMILIES]
    weights = [0.1, 0.15, 0.2, 0.25, 0.3]
    files = members_of([files_of(member) for member in members])
    contents = Contents("ensemble", files, members[0].classes, weights=weights)
    with mlflow.start_run():
        logged = log_model(contents, schema_of(target), parts(target)[1].X)
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
