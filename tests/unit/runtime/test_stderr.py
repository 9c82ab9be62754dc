"""What libraries say goes into a file, wherever they write it; what we say does not."""

import os
import subprocess
import sys
import warnings

from reprise.runtime import stderr


def test_everything_on_stderr_is_kept_and_nothing_is_shown(capfd):
    with stderr.kept() as path:
        os.write(2, b"from C\n")
        print("from Python", file=sys.stderr)
        warnings.warn("beware", UserWarning, stacklevel=1)
        subprocess.run(
            [sys.executable, "-c", "import os; os.write(2, b'from a child')"], check=True
        )
    print("ours", file=sys.stderr)
    text = stderr.text_of(path)
    for said in ("from C", "from Python", "UserWarning: beware", "from a child"):
        assert said in text
    assert capfd.readouterr().err == "ours\n"
    assert not path.exists()


def test_what_is_said_is_kept_in_the_given_file(tmp_path):
    with stderr.kept(tmp_path / "noise.txt") as path:
        os.write(2, b"said")
    assert path == tmp_path / "noise.txt"
    assert path.read_text() == "said"


def test_a_warning_from_one_line_is_kept_a_few_times():
    with stderr.kept() as path:
        for number in range(50):
            warnings.warn(f"did not converge {number}", RuntimeWarning, stacklevel=1)
    assert stderr.text_of(path).count("did not converge") <= 6  # the line of code is shown as well


def test_what_was_said_before_a_step_is_kept_with_it():
    with stderr.aside():
        os.write(2, b"while importing\n")
    with stderr.kept() as path:
        pass
    assert stderr.text_of(path) == "while importing\n"


def test_a_flood_is_cut_in_the_middle():
    with stderr.kept() as path:
        os.write(2, b"first\n" + b"x" * (3 << 20) + b"\nlast")
    text = stderr.text_of(path)
    assert text.startswith("first")
    assert text.endswith("last")
    assert "bytes left out" in text
    assert len(text) < 2 << 20
