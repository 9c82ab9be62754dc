"""Installed packages against the lock: by name, version and marker, on the path as it is."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from reprise.provenance.environment import describe_environment, read_lock
from reprise.provenance.fingerprint import fingerprint
from reprise.provenance.installed import installed_differences
from steps.terminal import say_packages

HERE = version("click")


@pytest.fixture
def upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Another click, first on the path; the phrase for it."""
    folder = tmp_path / "click-99.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: click\nVersion: 99.0\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    installed_differences.cache_clear()
    yield f"click 99.0, not {HERE}"
    installed_differences.cache_clear()


def test_what_the_lock_asks_for_is_installed():
    assert installed_differences(read_lock().decode()) == ()


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (f"click=={HERE} \\\n    --hash=sha256:00\n", ()),
        (f"Click[extra] == {HERE}.0  # same\n", ()),
        ("click==0.1\n", (f"click {HERE}, not 0.1",)),
        ("no-such-package==1\n", ("no-such-package missing, not 1",)),
        ("no-such-package==1 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n", ()),
        ("click==0.1 ; python_full_version < '3'\n", ()),
        ("scikit_learn==" + version("scikit-learn") + "\n", ()),
    ],
)
def test_a_package_that_is_not_as_pinned_is_named(lock, said):
    assert installed_differences(lock) == said


def test_an_upgraded_package_is_another_fingerprint_recorded_and_said(upgraded, capsys):
    installed_differences.cache_clear()
    assert describe_environment()["installed"] == [upgraded]
    found = fingerprint("prepare", {"data": "sklearn:iris"})
    assert found.installed == (upgraded,)
    say_packages()
    (line,) = capsys.readouterr().out.splitlines()
    assert f"not those of requirements.txt: {upgraded}: " in line


def test_without_a_difference_nothing_is_said(capsys):
    say_packages()
    assert capsys.readouterr().out == ""
    assert fingerprint("prepare", {"data": "sklearn:iris"}).installed == ()
