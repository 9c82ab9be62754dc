"""What main hands on of its source, and what a step makes of it."""

from pathlib import Path

import pytest

from reprise.data.formats import csv_reader
from reprise.errors import RepriseError
from reprise.provenance import handed_source
from reprise.provenance.code import reachable_code
from reprise.provenance.handed_source import hand_on, read_own, take_over
from reprise.provenance.source import Source
from reprise.runtime.paths import ROOT
from reprise.runtime.pinned_code import Pinned, pinned_files

SOURCE = Source("1" * 40, None, "a patch\udcff", ("reprise/a.py", "steps/b.py"), ("steps/b.py",))
CODE = reachable_code("steps.prepare")
READER = str(Path(csv_reader.__file__).relative_to(ROOT))


def test_a_step_takes_over_what_main_has_read(tmp_path):
    assert take_over(hand_on(SOURCE, tmp_path), CODE) == SOURCE


@pytest.mark.parametrize("name", [READER, "requirements.txt"])
def test_a_step_with_other_code_than_main_is_refused(tmp_path, monkeypatch, name):
    handed = hand_on(SOURCE, tmp_path)
    monkeypatch.setattr(
        handed_source, "pinned_files", lambda: {**pinned_files(), name: Pinned(b"other", 0)}
    )
    with pytest.raises(RepriseError, match=f"its main has read, got {name}, changed since"):
        take_over(handed, CODE)


def test_code_that_a_step_does_not_reach_may_be_other(tmp_path, monkeypatch):
    handed = hand_on(SOURCE, tmp_path)
    others = {**pinned_files(), "steps/serve.py": Pinned(b"other", 0)}
    monkeypatch.setattr(handed_source, "pinned_files", lambda: others)
    assert take_over(handed, CODE) == SOURCE


def test_a_file_that_is_saved_while_a_run_starts_is_named(monkeypatch):
    monkeypatch.setattr(handed_source, "read_source", lambda: SOURCE)
    monkeypatch.setattr(handed_source, "files_changed_since", list)
    assert read_own() == SOURCE
    monkeypatch.setattr(handed_source, "files_changed_since", lambda: ["reprise/errors.py"])
    with pytest.raises(RepriseError, match=r"got reprise/errors\.py, saved meanwhile"):
        read_own()
