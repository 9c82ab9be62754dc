"""The page of a batch: what it says first, and how distributions are drawn."""

import re
from dataclasses import replace

from reprise.data.drift.change import Bars, Change
from reprise.evaluation.conditions import Condition
from reprise.inference.watching.batch_watch import Watched
from reprise.inference.watching.course import EarlierBatch, key, since
from reprise.inference.watching.judgement import judge
from reprise.reports.watch_page import watch_page
from tests.unit.inference.models import loaded

DRIFT = Change("drift", ("<b>size</b>",), 0.4, 1e-9, "median 1", "median 2")
MISSING = Change("missing", ("who",), 0.0, 1.0, "0% missing", "0% missing")
NUMBERS = Bars(
    ["below 0", *(f"to {n}" for n in range(1, 21)), "above 20"],
    [0.0, *[0.05] * 20, 0.0],
    [0.1, *[0.04] * 20, 0.1],
)


def batch(*changes: Change, **bars: Bars) -> Watched:
    findings = judge(changes, [Condition("drift", "<=", 0.1)], 0.01)
    return Watched(500, findings, bars, None, None, "test")


def earlier(*verdicts: str) -> list[EarlierBatch]:
    moved = frozenset({key("drift", ["<b>size</b>"])})
    return [
        EarlierBatch(
            "r",
            f"2026-01-0{9 - n} 10:00",
            500,
            verdict,
            moved if verdict != "OK" else frozenset(),
            {"drift": 0.2},
        )
        for n, verdict in enumerate(verdicts)
    ]


def page(found: Watched, past: list[EarlierBatch] | None = None) -> str:
    return watch_page(found, loaded(), {"Data": "rows.csv"}, past or [])


def test_the_verdict_stands_first_and_names_are_text():
    text = page(batch(DRIFT, MISSING, **{"<b>size</b>": NUMBERS}))
    assert text.index("ALARM") < text.index("What moved") < text.index("What did not move")
    assert "1 of 2 tests moved" in text
    assert "<b>size</b>" not in text
    assert "&lt;b&gt;size&lt;/b&gt;" in text
    assert "nothing of 1 tests moved" in page(batch(MISSING))
    assert "not compared" in page(replace(batch(MISSING), part=None))


def test_neighbouring_bins_are_drawn_together_and_what_is_outside_alone():
    text = page(batch(DRIFT, **{"<b>size</b>": NUMBERS}))
    hints = re.findall(r"<title>([^<]*)</title>", text)
    now = [hint for hint in hints if "this batch" in hint]
    assert len(now) == 7
    assert now[0].startswith("&lt;0")
    assert now[0].endswith("10%")
    assert now[1].endswith("16%")
    assert now[-1].startswith("&gt;20")


def test_since_is_the_first_of_the_batches_without_a_gap():
    (finding,) = batch(DRIFT).findings
    assert since(finding, earlier("ALARM", "WARN", "OK", "ALARM")) == "2026-01-08 10:00"
    assert since(finding, earlier("OK", "ALARM")) == ""
    text = page(batch(DRIFT), earlier("ALARM", "OK"))
    assert "2026-01-09 10:00" in text
    assert "Batch by batch" in text
    assert "Batch by batch" not in page(batch(DRIFT))
