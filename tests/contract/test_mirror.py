"""tests/unit mirrors the rooms: a test stands where the module that it is about stands.

Its name is that of the module, and where there are several files, of the topic after it.
"""

import pytest

from reprise.runtime.paths import ROOT

UNIT = ROOT / "tests" / "unit"


@pytest.mark.parametrize("test", sorted(path.relative_to(UNIT) for path in UNIT.rglob("test_*.py")))
def test_a_unit_test_is_named_after_a_module_of_its_room(test):
    room = ROOT / "reprise" / test.parent
    name = test.stem.removeprefix("test_")
    inside = "*" if room == ROOT / "reprise" else "**/*"
    modules = {path.stem for path in room.glob(f"{inside}.py")}
    packages = {path.name for path in room.glob(inside) if path.is_dir()}
    assert any(name == known or name.startswith(f"{known}_") for known in modules | packages)
