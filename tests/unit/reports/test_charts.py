"""Pictures as SVG: well-formed, inside their frame, and text whatever they are given."""

import re
from xml.etree import ElementTree

import pytest

from reprise.reports import charts
from reprise.reports.charts.scale import Scale

NASTY = "</svg><script>alert(1)</script>\"'&\x85"
ONE = {NASTY: [(0.0, 1.0), (2.0, 3.0)]}
PICTURES = {
    "columns": lambda: charts.columns([0, 1, 2], [3, 4], NASTY, NASTY, NASTY),
    "curves": lambda: charts.curves(ONE | {"b": [(1, 1)]}, NASTY, NASTY, NASTY, upright=1),
    "groups": lambda: charts.groups([NASTY, "b"], {NASTY: [0.1, 0.9]}, NASTY, NASTY),
    "interval": lambda: charts.interval(1, 2, 3, NASTY, marks=[0]),
    "matrix": lambda: charts.matrix([NASTY, "b"], [[1, 2], [3, 4]], NASTY),
    "pair": lambda: charts.pair(1, 2, 0, 3),
    "points": lambda: charts.points(ONE | {"b": [(3, 4)]}, NASTY, NASTY, NASTY, [(1, 1)]),
    "ranges": lambda: charts.ranges([(NASTY, -1, 0, 1)], NASTY, NASTY, NASTY),
    "rows_of_bars": lambda: charts.rows_of_bars([(NASTY, -1), ("b", 2)], NASTY, spreads=[1, 1]),
    "spark": lambda: charts.spark([0, 1], [NASTY, "b"], NASTY),
    "steps": lambda: charts.steps([NASTY, "b"], {NASTY: [1, 2], "c": [2, 3]}, NASTY, NASTY, NASTY),
}


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_drawn_is_well_formed_and_has_no_element_of_the_table(name):
    drawing = ElementTree.fromstring(PICTURES[name]())
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label")
    assert {each.tag for each in drawing.iter()} <= {
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "text",
        "title",
    }


@pytest.mark.parametrize("name", PICTURES)
def test_every_number_of_a_drawing_is_finite(name):
    assert not re.findall(r'="[^"]*(?:nan|inf)\b', str(PICTURES[name]()))


def test_equal_values_have_a_scale_too():
    scale = Scale.of([5.0, 5.0], 0, 100)
    assert scale.low < 5 < scale.high
    assert 0 < scale(5) < 100


@pytest.mark.parametrize("values", [(0, 1), (-3e-7, 8e-7), (12, 1e9), (0.31, 0.32), (-5, -4)])
def test_a_scale_holds_its_values_between_few_round_ticks(values):
    scale = Scale.of(values, 0, 100)
    assert all(-1e-6 <= scale(value) <= 100 + 1e-6 for value in values)
    assert 2 <= len(scale.ticks) <= 8


def test_points_lie_where_their_values_are():
    drawing = ElementTree.fromstring(
        charts.points({"a": [(0, 0), (5, 10), (10, 20)]}, "x", "y", "l")
    )
    places = [(float(c.get("cx")), float(c.get("cy"))) for c in drawing.iter("circle")]
    assert places[0][0] < places[1][0] < places[2][0]
    assert places[0][1] > places[1][1] > places[2][1]
    assert places[1][0] == pytest.approx((places[0][0] + places[2][0]) / 2, abs=0.2)
    assert [title.text for title in drawing.iter("title")][1] == "x 5, y 10"


@pytest.mark.parametrize("draw", [charts.curves, charts.points])
def test_a_series_without_values_leaves_the_others_their_colours_and_is_in_no_legend(draw):
    drawing = ElementTree.fromstring(draw({"A": [], "B": [(0, 0), (5, 10)]}, "x", "y", "l"))
    classes = {each.get("class") for each in drawing.iter()}
    assert classes & {"line s0", "dot s0", "fill s0"} == set()
    assert classes & {"line s1", "dot s1"}
    assert [each.text for each in drawing.iter("text") if each.text in ("A", "B")] == ["B"]
