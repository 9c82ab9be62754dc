"""Pictures of a search: what they show, and that odd searches have theirs too."""

import io
from dataclasses import replace

import pytest
from matplotlib.image import imread

from reprise.models.families import get_family
from reprise.training.search.figures import draw_search, history, parallel_coordinates, slices
from reprise.training.search.trial import Trial

GBM = get_family("gbm")
PICTURES = ["history.png", "parallel_coordinates.png", "parameter_importance.png", "slices.png"]


def trials(values: list[float], **constant: int | float) -> list[Trial]:
    return [
        Trial(
            n,
            {"learning_rate": 0.01 * (n + 1), "n_estimators": 10 + n} | constant,
            [],
            value,
            0.0,
            1.0,
        )
        for n, value in enumerate(values)
    ]


def failed(number: int) -> Trial:
    return Trial(number, {"learning_rate": 0.1}, [], float("nan"), 0.0, 1.0, "ValueError: no")


def test_a_search_has_four_pictures_that_can_be_read_and_are_not_empty():
    pictures = draw_search(None, "rmse", trials([3.0, 2.0, 4.0, 1.0]), GBM, 42)
    assert sorted(pictures) == [*PICTURES[:3], "search.html", PICTURES[3]]
    for name in PICTURES:
        assert imread(io.BytesIO(pictures[name])).std() > 0


def test_equal_searches_have_equal_pictures():
    drawn = [draw_search(None, "r2", trials([3.0, 2.0, 4.0, 1.0]), GBM, 42) for _ in range(2)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    "found",
    [
        trials([1.0]),
        trials([2.0, 2.0, 2.0, 2.0]),
        [*trials([3.0, 2.0, 4.0, 1.0]), failed(4)],
        trials([3.0, 2.0, 4.0, 1.0], learning_rate=0.1, n_estimators=5),
    ],
    ids=["one trial", "equal values", "a failed trial", "equal parameters"],
)
def test_odd_searches_have_at_least_their_history(found):
    drawn = draw_search(None, "rmse", found, GBM, 42)
    assert "history.png" in drawn
    assert b"Optimisation history" in drawn["search.html"]


def test_a_trial_without_a_value_is_listed_with_its_reason_as_text():
    found = [*trials([3.0, 2.0]), replace(failed(2), reason="ValueError: </td><script>no")]
    page = draw_search(None, "rmse", found, GBM, 42)["search.html"].decode()
    assert "ValueError: &lt;/td&gt;&lt;script&gt;no" in page
    assert page.count("Plotly.react(") == 1
    assert page.count("plotly.js v") == 1


@pytest.mark.parametrize(("metric", "best"), [("rmse", [3, 2, 2, 1]), ("r2", [3, 3, 4, 4])])
def test_the_history_knows_which_values_are_better(metric, best):
    axes = history(metric, trials([3.0, 2.0, 4.0, 1.0])).axes[0]
    assert list(axes.lines[0].get_ydata()) == best


def test_slices_have_a_panel_for_each_hyperparameter_that_was_searched():
    figure = slices("rmse", trials([3.0, 2.0, 4.0, 1.0], n_estimators=10), GBM)
    assert [axes.get_xlabel() for axes in figure.axes if axes.get_xlabel()] == ["learning_rate"]


@pytest.mark.parametrize(("metric", "best"), [("rmse", 0.0), ("r2", 1.0)])
def test_the_best_trial_is_drawn_last(metric, best):
    axes = parallel_coordinates(metric, trials([3.0, 2.0, 4.0, 1.0]), GBM).axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert drawn[-1].get_ydata()[-1] == best
