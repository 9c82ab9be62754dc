"""What this processor has computed comes out the same, bit for bit, on emulated others."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.runtime.level import X86_V3, level_here

from .prover import FAMILIES, Prover, folder_of, stop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(level_here() is not X86_V3, reason="needs an x86-64 processor with AVX2"),
]
ROWS = 160
TRIALS = "2"
# Each reproduces these mains: by its target a regression, a classification.
PROCESSORS = {"Haswell": "price", "EPYC": "kind", "Skylake-Client": "price"}
# The emulator's threads are slow, and one is enough to compute the same.
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Emulated(Prover):
    """A workplace whose Python, and every Python that it starts, runs on an emulated processor."""

    def __init__(self, folder: Path, python: Path) -> None:
        super().__init__(folder)
        object.__setattr__(self, "python", python)

    def environment(self) -> dict[str, str]:
        return super().environment() | ALONE

    def step(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.call(str(self.python), "-m", f"steps.{name}", *arguments)

    def stop(self) -> None:
        self.call(str(self.python), "-m", "reprise", "stop")


def emulated_python(folder: Path, processor: str) -> Path:
    """The Python of an environment with the packages of this one.

    What it starts by `sys.executable` is emulated too, as that is this very script. The name of
    the processor is the release of its kernel, so that a run that it has computed says so.
    """
    if shutil.which("qemu-x86_64") is None:
        pytest.fail("needs Debian's qemu-user (.ci/run installs it)")
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    (folder / "lib").symlink_to(Path(sys.prefix) / "lib")
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", folder)
    real = Path(sys.executable).resolve()
    options = f"-cpu {processor},check=off -r {release(processor)} -0 '{python}'"
    python.write_text(f"#!/bin/sh\nexec qemu-x86_64 {options} '{real}' \"$@\"\n")
    python.chmod(0o755)
    return python


def release(processor: str) -> str:
    return f"6.0.0-{processor}"


def write_table(path: Path) -> None:
    """Numbers, categories with gaps, dates and words, with a number and a class to predict."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.normal(size=(ROWS, 4)).round(3), columns=[*"abcd"])
    days = pd.date_range("2021-03-01", periods=ROWS, freq="31h")
    words = generator.choice(["quiet", "lake", "view", "old", "roof", "garden"], (ROWS, 3))
    table["seen"] = days.strftime("%Y-%m-%d")
    table["place"] = generator.choice(["north", "south", None], ROWS)
    table["note"] = [f"{' '.join(three)} {number}" for number, three in enumerate(words)]
    garden = table["note"].str.contains("garden").to_numpy()
    signal = table["a"] - np.sin(table["b"]) + garden + generator.normal(0, 0.3, ROWS)
    table["price"] = (100 + 20 * signal).round(2)
    table["kind"] = np.where(signal > signal.median(), "dear", "cheap")
    table.to_csv(path, index=False)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Prover, dict[str, str]]:
    """A store with a regression and a classification, made on this processor; ids by target."""
    prover = Prover(tmp_path_factory.mktemp("recorded"))
    write_table(prover.table)
    mains = {}
    for target, other in (("price", "kind"), ("kind", "price")):
        what = ("--data", str(prover.table), "--target", target, "--drop", other)
        search = ("--tune_model", "elasticnet", "--trials", TRIALS, "--model_name", target)
        done = prover.step("main", *what, *search)
        assert done.returncode == 0, done.stdout + done.stderr
        mains[target] = prover.runs("main")[0].info.run_id
    stop(prover)
    return prover, mains


@pytest.mark.parametrize("processor", PROCESSORS)
def test_another_processor_computes_the_same_bits_in_every_output(processor, recorded, tmp_path):
    prover, mains = recorded
    emulated = Emulated(prover.folder, emulated_python(tmp_path / processor, processor))
    try:
        proof = emulated.reproduce(mains[PROCESSORS[processor]])
    finally:
        emulated.stop()
    assert proof.status == 0, proof.printed + proof.error
    assert proof.found["verdict"] == "identical"
    assert proof.unlike() == set()
    steps = {step["name"] for step in proof.found["steps"]}
    assert steps == {"prepare", *FAMILIES, "tune", "ensemble", "register"}
    text = f"tags.`mlflow.parentRunId` = '{proof.run.info.run_id}'"
    again = prover.client.get_experiment_by_name("reprise-reproductions").experiment_id
    runs = prover.client.search_runs([again], text)
    assert len(runs) == len(steps) - 1  # nothing is registered
    here = set(
        json.loads((folder_of(prover.runs("main")[0]) / "environment.json").read_text())["flags"]
    )
    for run in (proof.run, *runs):
        found = json.loads((folder_of(run) / "environment.json").read_text())
        assert release(processor) in found["platform"]
        assert found["level"]["name"] == "x86-64-v3"
        assert not [flag for flag in found["flags"] if flag.startswith("avx512")]
        assert os.uname().release not in found["platform"]
        assert set(found["flags"]) <= here | {"movbe"}
