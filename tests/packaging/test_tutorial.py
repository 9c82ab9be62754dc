"""docs/tutorial.md, typed from top to bottom: every output is what the page shows."""

from pathlib import Path

import pytest

from reprise.runtime.paths import ROOT

from .page import Reader, blocks, copy_project

TUTORIAL = ROOT / "docs" / "tutorial.md"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command_of_the_tutorial_prints_what_the_tutorial_shows(tmp_path: Path):
    reader = Reader(copy_project(tmp_path / "reprise"))
    printed = ""
    try:
        for block in blocks(TUTORIAL):
            if block.kind == "text":
                assert reader.missing(block.text, printed) == [], printed
            else:
                printed = reader.type(block)
    finally:
        reader.stop()
    assert len(reader.runs) > 5
