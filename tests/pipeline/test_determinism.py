"""The same digests whatever surrounds a run: folder, store, hash seed, time zone, locale, cores."""

import sys
from pathlib import Path

import mlflow
import pytest

from tests.serving import copy_code

from .conftest import ROOT, Workplace
from .test_main import raw_table

pytestmark = pytest.mark.slow

STEPS = (
    "prepare",
    "train_elasticnet",
    "train_rf",
    "train_gbm",
    "train_nn",
    "tune",
    "ensemble",
    "register",
)
SEARCH = ("--tune_model", "rf", "--trials", "3")
ONE = {
    "PYTHONHASHSEED": "1",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "USER": "ann",
    "LOGNAME": "ann",
}
OTHER = {
    "PYTHONHASHSEED": "2",
    "TZ": "America/St_Johns",
    "LC_ALL": "POSIX",
    "LANG": "POSIX",
    "OMP_NUM_THREADS": "2",
    "USER": "bo",
    "LOGNAME": "bo",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "OPENBLAS_NUM_THREADS": "2",
}


def digests(workplace: Workplace) -> dict[str, str]:
    """Every digest and the bits of every metric that the one main here has left."""
    found = {}
    for name in STEPS:
        (run,) = workplace.runs(name)
        found |= {
            f"{name} {tag}": text
            for tag, text in run.data.tags.items()
            if "digest" in tag and "registry" not in tag
        }
        found |= {
            f"{name} {metric}": value.hex()
            for metric, value in run.data.metrics.items()
            if not metric.endswith("seconds") and metric != "model_bytes"
        }
    return found


def run_main(folder: Path, code: Path, variables: dict[str, str], *arguments: str) -> Workplace:
    """main in a folder and store of its own, with the code at `code`."""

    class Place(Workplace):
        def environment(self) -> dict[str, str]:
            own = {"PYTHONPATH": str(code), "HOME": str(self.folder), "REPRISE_WARM_MINUTES": "0"}
            return super().environment() | own | variables

    folder.mkdir()
    workplace = Place(folder)
    done = workplace.call(sys.executable, "-m", "steps.main", *SEARCH, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return workplace


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_digests_and_metrics_do_not_depend_on_where_when_and_how_a_main_runs(tmp_path, task):
    arguments = ("--data", "sklearn:diabetes")
    if task == "classification":
        raw_table(tmp_path / "flowers.csv")
        arguments = ("--data", str(tmp_path / "flowers.csv"), "--target", "kind of flower")
    unpacked = copy_code(tmp_path / "unpacked")
    one = run_main(tmp_path / "one", ROOT, ONE, *arguments, "--workers", "1")
    other = run_main(tmp_path / "the other", unpacked, OTHER, *arguments, "--workers", "2")
    assert digests(one)
    assert digests(other) == digests(one)


def test_a_step_alone_that_has_numpy_before_it_can_take_the_level_on_begins_again(workplace):
    done = workplace.step("prepare", "--data", "sklearn:diabetes")
    assert done.returncode == 0, done.stderr
    table = f"runs:/{workplace.runs('prepare')[0].info.run_id}/table"
    command = (sys.executable, "-m", "steps.train_elasticnet", "--table", table)
    contrary = ("OPENBLAS_CORETYPE=Prescott", "NPY_ENABLE_CPU_FEATURES=X86_V2")
    done = workplace.call("env", *contrary, *command)
    assert done.returncode == 0, done.stderr
    run = workplace.runs("train_elasticnet")[0]
    found = mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/environment.json")
    assert found["level"]["name"] == "x86-64-v3"
