"""Which files of the project a step can reach."""

from types import SimpleNamespace

import pytest

from reprise.provenance import code
from reprise.provenance.code import file_of, reachable_code, reachable_source
from reprise.runtime.paths import ROOT

TEMPLATES = "reprise/reports/templates"


@pytest.mark.parametrize(
    ("module", "rendered"),
    [
        ("steps.prepare", {"base.html", "contract.css", "contract.html", "style.css"}),
        ("steps.train_rf", {"base.html", "card.html", "macros.html", "style.css"}),
        ("steps.register", {"base.html", "card.html", "card.md", "macros.html", "style.css"}),
        (
            "steps.compare",
            {"base.html", "comparison.css", "comparison.html", "macros.html", "style.css"},
        ),
    ],
)
def test_the_templates_that_a_step_renders_are_its_code_with_all_that_they_include(
    module, rendered
):
    found = {name for name in reachable_code(module) if "/" in name}
    assert found == {f"{TEMPLATES}/{name}" for name in rendered}


def test_every_template_is_rendered_by_some_step():
    steps = [f"steps.{path.stem}" for path in (ROOT / "steps").glob("*.py")]
    found = {name for name in reachable_code(*steps) if "/" in name}
    files = (ROOT / TEMPLATES).iterdir()
    assert found == {str(path.relative_to(ROOT)) for path in files}


def test_every_name_leads_to_its_file():
    found = reachable_source("steps.train_rf")
    assert {name: (ROOT / file_of(name, found)).read_text() for name in found} == found


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "def reads():\n  {}",
        "class Reader:\n  async def read(self):\n    {}",
        "for _ in ():\n  pass\nelse:\n  {}",
        "try:\n  {}\nfinally:\n  pass",
        "try:\n  pass\nexcept ImportError:\n  {}",
        "try:\n  pass\nexcept* ImportError:\n  {}",
        "try:\n  pass\nfinally:\n  with x:\n    {}",
        "match x:\n  case 1:\n    if x:\n      pass\n    elif y:\n      {}",
    ],
)
def test_an_import_counts_wherever_it_stands(around, monkeypatch):
    source = around.format("from reprise.data import spill").encode()
    pinned = {"steps/new.py": SimpleNamespace(content=source)}
    monkeypatch.setattr(code, "pinned_files", lambda: pinned)
    found = code._module_references.__wrapped__("steps/new.py", "steps.new")
    assert "reprise.data.spill" in found
