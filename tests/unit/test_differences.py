"""What differs between two fingerprints, in the words a person reads."""

import pytest

from reprise.lineage.differences import differences, metric_differences, parameter_differences

from .test_changed_code import TEXT, edited
from .test_changed_environment import LOCK

FINGERPRINT = {
    "entry_point": "train_rf",
    "parameters": {"n_estimators": 200, "alpha": 0.001, "data": "a.csv"},
    "inputs": {"table": "1" * 64},
    "code": {"reprise": "a", "reprise.reading": "b", "steps.train_rf": "c"},
    "lock": "d",
    "python": "3.11",
}


def changed(**parts: object) -> dict:
    return {**FINGERPRINT, **parts}


def test_nothing_differs_between_a_fingerprint_and_itself():
    assert differences(FINGERPRINT, changed()) == []


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("parameters", {"n_estimators": 300, "alpha": 0.001, "data": "a.csv"},
         ["n_estimators 200 -> 300"]),
        ("parameters", {"n_estimators": 200.0, "alpha": "1e-3", "data": "a.csv"}, []),
        ("parameters", {"n_estimators": 200, "alpha": 0.001, "data": "b.csv"},
         ["data a.csv -> b.csv"]),
        ("parameters", {"n_estimators": 200, "alpha": 0.001}, ["data is gone: it was a.csv"]),
        ("parameters", {**FINGERPRINT["parameters"], "depth": 3}, ["depth is new: 3"]),
        ("inputs", {"table": "2" * 64}, ["the content of table changed"]),
        ("code", {**FINGERPRINT["code"], "reprise": "z"}, ["code: reprise/__init__.py changed"]),
        ("code", {**FINGERPRINT["code"], "reprise.new": "z"}, ["code: reprise/new.py is new"]),
        ("code", {"reprise": "a", "reprise.reading": "b"}, ["code: steps/train_rf.py is gone"]),
        ("lock", "z", ["the lock changed"]),
        ("python", "3.12", ["Python 3.11 -> 3.12"]),
    ],
)  # fmt: skip
def test_each_part_of_a_fingerprint_has_its_phrase(part, value, said):
    assert differences(FINGERPRINT, changed(**{part: value})) == said


def test_text_that_looks_like_another_number_is_another_text():
    assert parameter_differences({"target": "1"}, {"target": "1.0"}) == ["target 1 -> 1.0"]


def test_another_model_reaches_other_code_and_only_the_parameter_is_named():
    other = changed(
        parameters={**FINGERPRINT["parameters"], "n_estimators": 1},
        code={"reprise": "a", "reprise.reading": "b", "steps.other": "c"},
    )
    assert differences(FINGERPRINT, other) == ["n_estimators 200 -> 1"]


def test_with_source_and_locks_lines_and_packages_are_named():
    wanted = changed(code={**FINGERPRINT["code"], "reprise.reading": "z"}, lock="z")
    said = differences(
        FINGERPRINT,
        wanted,
        earlier_code={"reprise.reading": TEXT},
        wanted_code={"reprise.reading": edited({14: "fourteen\n"})},
        earlier_lock=LOCK,
        wanted_lock=LOCK.replace("1.9.0", "1.9.1"),
    )
    assert said == [
        "code: reprise/reading.py line 14 changed",
        "lock changed: scikit-learn 1.9.0 -> 1.9.1",
    ]


@pytest.mark.parametrize("sides", [{"earlier_code": None}, {"wanted_code": {}}])
def test_without_the_source_of_both_only_the_file_is_named(sides):
    texts = {
        "earlier_code": {"reprise.reading": "a\n"},
        "wanted_code": {"reprise.reading": "b\n"},
    }
    wanted = changed(code={**FINGERPRINT["code"], "reprise.reading": "z"})
    said = differences(FINGERPRINT, wanted, **{**texts, **sides})
    assert said == ["code: reprise/reading.py changed"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"rmse": 53.7}, {"rmse": 54.1}, ["rmse 53.7 -> 54.1 (+0.4)"]),
        ({"rmse": 53.7}, {"rmse": 53.7}, []),
        ({"rmse": float("nan")}, {"rmse": float("nan")}, []),
        ({"rmse": 1.0}, {"rmse": 1.0 + 1e-12}, ["rmse 1 -> 1.0000000000010001 (+1e-12)"]),
        ({"rmse": 1.0}, {"mae": 2.0}, ["mae is new: 2", "rmse is gone: it was 1"]),
        ({"fit_seconds": 1.0, "model_bytes": 9}, {"fit_seconds": 2.0, "model_bytes": 8}, []),
    ],
)
def test_metrics_are_compared_but_times_and_sizes_are_not(old, new, said):
    assert metric_differences(old, new) == said
