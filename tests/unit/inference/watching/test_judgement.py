"""When a change is an alarm, a warning, or nothing."""

import pytest

from reprise.data.drift.change import Change
from reprise.errors import RepriseError
from reprise.inference.watching.judgement import judge, parse_limits, verdict


def change(measure: str, size: float, chance: float, *columns: str) -> Change:
    return Change(measure, columns, size, chance, "before", "now")


def level(found: Change, gate: str, alpha: float = 0.01, tests: int = 20) -> str:
    others = [change("drift", 0.0, 1.0, f"c{n}") for n in range(tests - 1)]
    findings = judge([found, *others], parse_limits(gate, "regression"), alpha)
    (ours,) = [each for each in findings if each.change is found]
    return ours.level


@pytest.mark.parametrize(
    ("size", "chance", "gate", "expected"),
    [
        (0.3, 1e-6, "drift<=0.1", "ALARM"),  # large, and more than chance among all tests
        (0.05, 1e-6, "drift<=0.1", "WARN"),  # more than chance, but within the gate
        (0.3, 1e-6, "none", "WARN"),  # more than chance, and nobody has said how large it may be
        (0.3, 0.004, "drift<=0.1", "WARN"),  # large, and more than chance only by itself
        (0.3, 0.2, "drift<=0.1", "OK"),  # large, as chance makes it in small batches
        (0.05, 0.004, "drift<=0.1", "OK"),
    ],
)
def test_an_alarm_needs_both_size_and_significance(size, chance, gate, expected):
    assert level(change("drift", size, chance, "x"), gate) == expected


def test_a_limit_on_a_metric_is_absolute():
    assert level(change("rmse", 70.0, 0.3), "rmse<=65") == "WARN"
    assert level(change("rmse", 70.0, 1e-6), "rmse<=65") == "ALARM"
    assert level(change("rmse", 60.0, 0.9), "rmse<=65") == "OK"


def test_more_tests_ask_for_more():
    found = change("drift", 0.3, 0.0005, "x")
    assert level(found, "drift<=0.1", tests=10) == "ALARM"
    assert level(found, "drift<=0.1", tests=100) == "WARN"
    assert level(found, "drift<=0.1", alpha=0.1, tests=100) == "ALARM"


def test_the_gravest_comes_first_and_is_the_verdict():
    changes = [
        change("drift", 0.01, 0.5, "a"),
        change("missing", 0.01, 1e-9, "b"),
        change("drift", 0.5, 1e-8, "c"),
        change("unseen", 0.5, 1e-12, "d"),
    ]
    findings = judge(changes, parse_limits("drift<=0.1,unseen<=0.1", "regression"), 0.01)
    assert [(each.level, each.named) for each in findings] == [
        ("ALARM", "unseen of 'd'"),
        ("ALARM", "drift of 'c'"),
        ("WARN", "missing of 'b'"),
        ("OK", "drift of 'a'"),
    ]
    assert verdict(findings) == "ALARM"
    assert verdict([]) == "OK"
    assert findings[1].to_json()["limit"] == "<=0.1"


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("accuracy>=0.9", "'accuracy': choose from drift"),
        ("drifts<=0.1", "what watch measures for regression, got 'drifts'"),
        ("drift", "got 'drift': write metric"),
    ],
)
def test_a_gate_on_what_is_not_measured_is_refused(gate, said):
    with pytest.raises(RepriseError, match=said):
        parse_limits(gate, "regression")
