"""search.html in Chromium: drawn from disk, without a request, in both colour schemes."""

from pathlib import Path

import numpy as np
import pytest

from reprise.models.families import get_family
from reprise.training.search.figures import draw_search
from reprise.training.search.trial import Trial

from .looking import OVERHANG, check_access, looking

pytestmark = pytest.mark.browser
FIGURES = [
    "Optimisation history",
    "Importance of hyperparameters",
    "Parallel coordinates",
    "Slices",
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a search of 30 trials, the last of which failed."""
    generator, trials = np.random.default_rng(0), []
    for number in range(30):
        params = {
            "learning_rate": float(10 ** generator.uniform(-2, -0.5)),
            "n_estimators": int(generator.integers(50, 500)),
        }
        value = float(generator.normal(50, 5))
        trials.append(Trial(number, params, [], value, 0.0, 1.0, estimate=value))
    reason = "ValueError: <script>alert(1)</script>"
    trials.append(Trial(30, trials[0].params, [], float("nan"), 0.0, 1.0, reason))
    path = tmp_path_factory.mktemp("search") / "search.html"
    path.write_bytes(draw_search(None, "rmse", trials, get_family("gbm"), 42)["search.html"])
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_search_is_drawn_from_disk_and_asks_nobody(page, chromium, width, scheme):
    with looking(chromium, width, scheme) as seen:
        seen.page.goto(page.as_uri())
        seen.page.wait_for_selector("#figure-4 .main-svg")
        assert seen.page.locator("h2").all_inner_texts()[:4] == FIGURES
        assert seen.page.evaluate(OVERHANG) <= 0
        check_access(seen.page)
        seen.check()


def test_a_trial_that_failed_has_no_point_and_its_reason_is_text(page, chromium):
    with looking(chromium) as seen:
        seen.page.goto(page.as_uri())
        points = seen.page.evaluate("document.getElementById('figure-1').data[0].y.length")
        assert points == 30
        failed = seen.page.locator("#failed ~ div td")
        assert failed.all_inner_texts() == ["30", "ValueError: <script>alert(1)</script>"]


def test_the_figures_answer_to_the_pointer(page, chromium):
    with looking(chromium) as seen:
        seen.page.goto(page.as_uri())
        seen.page.locator("#figure-1 .nsewdrag").first.hover()
        seen.page.wait_for_selector("#figure-1 .hoverlayer .hovertext", timeout=10_000)
