"""What is imported before a main can look into the cache."""

import subprocess
import sys

import pytest
import yaml

from reprise.runtime.paths import ROOT
from steps.preload import TRACKING

HEAVY = ("matplotlib", "sklearn", "skrub", "tensorflow", "duckdb", "plotly", "optuna")


@pytest.mark.parametrize("name", yaml.safe_load((ROOT / "MLproject").read_text())["entry_points"])
def test_the_command_of_a_step_is_parsed_without_what_its_work_needs(name):
    code = f"import sys, steps.{name}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {*HEAVY, "mlflow"} & set(done.stdout.split()) == set()


def test_what_looks_into_the_cache_draws_and_learns_nothing():
    load = f"from reprise.runtime.fork_job import load; load({TRACKING})"
    code = f"import sys; {load}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "mlflow" in done.stdout.split()
    assert set(HEAVY) & set(done.stdout.split()) == set()
