"""comparison.html in Chromium: readable, quiet, accessible, and nothing of a table runs in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Gallery
from .looking import check_access, check_look, looking

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(gallery: Gallery) -> dict[str, Path]:
    """Pages of comparisons by what is compared: the steps of a main, and mains of two targets."""
    steps = [
        run.info.run_id
        for name, run in gallery.children(gallery.run("two classes")).items()
        if name.startswith(("train_", "tune"))
    ]
    mains = [gallery.run(kind).info.run_id for kind in ("two classes", "regression", "failed")]
    found = {}
    for name, runs in {"steps": steps, "mains": mains}.items():
        done = subprocess.run(
            [sys.executable, "-m", "steps.compare", "--runs", ",".join(runs)],
            cwd=gallery.folder,
            env=gallery.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        run = gallery.runs("compare")[0]
        folder = Path(run.info.artifact_uri.removeprefix("file://"))
        found[name] = folder / "comparison.html"
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["steps", "mains"])
def test_a_comparison_is_whole_in_both_colour_schemes_and_on_a_phone(
    pages, chromium, name, width, scheme
):
    with looking(chromium, width, scheme) as seen:
        seen.page.goto(pages[name].as_uri())
        check_look(seen.page)
        check_access(seen.page)
        seen.check()


def test_every_run_has_its_curve_and_its_letter(pages, chromium):
    with looking(chromium) as seen:
        seen.page.goto(pages["steps"].as_uri())
        assert seen.page.locator("figure:has-text('ROC') path.line").count() == 3
        assert seen.page.locator("#curves + p .letter").all_inner_texts() == ["A", "B", "C"]
        assert "Nothing" not in seen.page.locator("main").inner_text()
