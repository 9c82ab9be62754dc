"""What libraries say goes into a file, wherever they write it; what we say does not."""

import os
import subprocess
import sys
import warnings

import mlflow

from reprise import noise
from steps.command import execute_step


def test_everything_on_stderr_is_kept_and_nothing_is_shown(capfd):
    with noise.kept() as path:
        os.write(2, b"from C\n")
        print("from Python", file=sys.stderr)
        warnings.warn("beware", UserWarning, stacklevel=1)
        subprocess.run(
            [sys.executable, "-c", "import os; os.write(2, b'from a child')"], check=True
        )
    print("ours", file=sys.stderr)
    text = noise.text_of(path)
    for said in ("from C", "from Python", "UserWarning: beware", "from a child"):
        assert said in text
    assert capfd.readouterr().err == "ours\n"
    assert not path.exists()


def test_a_warning_from_one_line_is_kept_a_few_times():
    with noise.kept() as path:
        for number in range(50):
            warnings.warn(f"did not converge {number}", RuntimeWarning, stacklevel=1)
    assert noise.text_of(path).count("did not converge") <= 6  # the line of code is shown as well


def test_what_was_said_before_a_step_is_kept_with_it():
    with noise.aside():
        os.write(2, b"while importing\n")
    with noise.kept() as path:
        pass
    assert noise.text_of(path) == "while importing\n"


def test_a_flood_is_cut_in_the_middle():
    with noise.kept() as path:
        os.write(2, b"first\n" + b"x" * (3 << 20) + b"\nlast")
    text = noise.text_of(path)
    assert text.startswith("first")
    assert text.endswith("last")
    assert "bytes left out" in text
    assert len(text) < 2 << 20


def test_an_error_of_a_step_is_shown_and_its_noise_is_an_artifact(capfd, monkeypatch):
    def noisy(*_: object) -> None:
        warnings.warn("noise of a library", UserWarning, stacklevel=1)

    monkeypatch.setattr("steps.saying.say_origin", noisy)
    assert execute_step("prepare", ["--data", "no such file.csv"]) == 1
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    kept = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{noise.NAME}")
    assert "noise of a library" in kept


def test_a_step_without_noise_has_no_such_artifact():
    assert execute_step("prepare", ["--target", "nowhere"]) == 1
    (run,) = mlflow.search_runs(output_format="list", search_all_experiments=True, max_results=1)
    names = [item.path for item in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
    assert noise.NAME not in names
