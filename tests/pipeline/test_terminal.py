"""What main shows: bars on a terminal, plain lines elsewhere, and libraries' noise in neither."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Workplace

pytestmark = pytest.mark.slow

SEARCH = ("--models", "elasticnet", "--tune_model", "elasticnet", "--trials", "30")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLUMNS = 100


def on_terminal(workplace: Workplace, *arguments: str, **variables: str) -> str:
    """What a step writes to a terminal of its own, which must succeed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    environment = workplace.environment() | {"TERM": "xterm-256color", **variables}
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
        if name not in variables:
            environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=workplace.folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while data := os.read(ours, 1 << 16):
            written += data
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert process.wait() == 0, written.decode()
    return written.decode()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workplace, str, str, str]]:
    """A main on a terminal, the same again without colours, and again into a pipe."""
    workplace = Workplace(tmp_path_factory.mktemp("terminal"))
    first = on_terminal(workplace, "steps.main", *SEARCH)
    plain = on_terminal(workplace, "steps.main", *SEARCH, NO_COLOR="1")
    piped = workplace.step("main", *SEARCH, "--cache", "refresh")
    assert (piped.returncode, piped.stderr) == (0, "")
    yield workplace, first, plain, piped.stdout
    workplace.call(sys.executable, "-m", "reprise", "stop")


def test_a_terminal_shows_a_bar_with_trials_and_the_best_value(shown):
    _, first, _, _ = shown
    text = ESCAPE.sub("", first)
    assert re.search(r"tune +[━╺╸]+ \d:\d\d:\d\d trials \d+/30, best rmse \d+\.\d+", text)
    assert re.search(r"steps +[━╺╸]+ \d:\d\d:\d\d done \d/\d", text)
    assert "\x1e" not in first  # what steps tell main is for main


def test_nothing_of_the_bars_is_left_beside_lines_and_table(shown):
    _, first, _, _ = shown
    assert first.count("\x1b[?25l") == first.count("\x1b[?25h")  # the cursor is there again
    end = ESCAPE.sub("", first[first.rindex("\x1b[?25h") :])
    assert "Candidates, on the validation part" in end
    assert "━━━━━━━ " not in end.partition("Candidates")[2].partition("winner")[2]
    for name in ("prepare", "train_elasticnet", "tune", "register"):
        assert f"✓ {name}" in ESCAPE.sub("", first)


def test_no_color_is_respected(shown):
    _, first, plain, _ = shown
    colours = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38;5;\d+)(?:;\d+)*m")
    assert colours.search(first)
    assert not colours.search(plain)
    assert "= tune" in ESCAPE.sub("", plain)


def test_a_pipe_gets_plain_lines_and_no_noise(shown):
    _, _, _, piped = shown
    assert "\x1b" not in piped
    assert "\x1e" not in piped
    assert "\r" not in piped
    for line in ("  tune: started", "✓ tune", "winner   elasticnet"):
        assert line in piped
    for noise in ("Warning", "INFO", "mlflow.tracking"):
        assert noise not in piped


def test_what_libraries_said_is_kept_with_the_step_that_made_them_say_it(shown):
    workplace, _, _, _ = shown
    registered = workplace.runs("register")[-1]
    artifacts = Path(registered.info.artifact_uri.removeprefix("file://"))
    assert "Created version '1'" in (artifacts / "noise.txt").read_text()
    assert "Created version" not in (artifacts / "log.txt").read_text()


def test_a_step_alone_shows_its_own_bar(shown):
    workplace, _, _, _ = shown
    table = f"runs:/{workplace.runs('prepare')[-1].info.run_id}/table"
    arguments = ("--table", table, "--model", "elasticnet", "--trials", "8", "--workers", "1")
    text = ESCAPE.sub("", on_terminal(workplace, "steps.tune", *arguments))
    assert re.search(r"[━╺╸]+ \d:\d\d:\d\d trials \d/8, best rmse \d+\.\d+", text)
    assert "best of 8 trials: rmse" in text


def test_main_has_a_name_a_note_datasets_and_models(shown):
    workplace, _, _, _ = shown
    run = workplace.runs("main")[-1]
    assert run.info.run_name == "main: target of diabetes"
    note = run.data.tags["mlflow.note.content"]
    assert f"[**Report**](#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/" in note
    assert "[models:/reprise/1](#/models/reprise/versions/1)" in note
    assert {item.dataset.name for item in run.inputs.dataset_inputs} >= {"train", "test"}
    assert len(run.outputs.model_outputs) >= 2
    (cached,) = [
        found for found in workplace.runs("tune") if "reprise.cached_from" in found.data.tags
    ]
    assert cached.data.tags["mlflow.note.content"].startswith("**Cached:**")
    assert workplace.client.get_registered_model("reprise").description.startswith("Predicts `tar")
