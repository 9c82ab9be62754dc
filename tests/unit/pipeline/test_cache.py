"""Why a step is computed: what differs from the last fingerprint, in the words a person reads."""

import mlflow
import pytest

from reprise.pipeline.cache import differences, look_up
from reprise.provenance.fingerprint import Fingerprint
from reprise.tracking.contract import FINGERPRINT_TAG
from tests.unit.provenance.test_code_diff import TEXT, edited
from tests.unit.provenance.test_environment_diff import LOCK

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
        (
            "parameters",
            {"n_estimators": 300, "alpha": 0.001, "data": "a.csv"},
            ["n_estimators 200 -> 300"],
        ),
        ("parameters", {"n_estimators": 200.0, "alpha": "1e-3", "data": "a.csv"}, []),
        (
            "parameters",
            {"n_estimators": 200, "alpha": 0.001, "data": "b.csv"},
            ["data a.csv -> b.csv"],
        ),
        ("parameters", {"n_estimators": 200, "alpha": 0.001}, ["data is gone: it was a.csv"]),
        ("parameters", {**FINGERPRINT["parameters"], "depth": 3}, ["depth is new: 3"]),
        ("inputs", {"table": "2" * 64}, ["the content of table changed"]),
        ("code", {**FINGERPRINT["code"], "reprise": "z"}, ["code: reprise/__init__.py changed"]),
        ("code", {**FINGERPRINT["code"], "reprise.new": "z"}, ["code: reprise/new.py is new"]),
        ("code", {"reprise": "a", "reprise.reading": "b"}, ["code: steps/train_rf.py is gone"]),
        ("lock", "z", ["the lock changed"]),
        ("python", "3.12", ["Python 3.11 -> 3.12"]),
    ],
)
def test_each_part_of_a_fingerprint_has_its_phrase(part, value, said):
    assert differences(FINGERPRINT, changed(**{part: value})) == said


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


@pytest.mark.parametrize(("level", "then"), [("x86-64-v2", "x86-64-v2"), (None, "not fixed")])
def test_another_level_of_instructions_is_a_reason_of_its_own(level, then):
    earlier = FINGERPRINT if level is None else changed(level=level)
    said = differences(earlier, changed(level="x86-64-v3"))
    assert said == [f"level of instructions {then} -> x86-64-v3"]


WANTED = Fingerprint("tune", {"trials": 20}, {"table": "abc"}, {}, "lock", "3.11")


def leave(status: str, fingerprint: Fingerprint) -> str:
    """A run of a step that ended like this."""
    with mlflow.start_run(tags={FINGERPRINT_TAG: fingerprint.digest}) as run:
        pass
    mlflow.MlflowClient().set_terminated(run.info.run_id, status)
    return str(run.info.run_id)


def found() -> tuple[str, tuple[str, ...]]:
    experiment = mlflow.tracking.fluent._get_experiment_id()
    lookup = look_up(WANTED, experiment, lambda _: None)
    assert lookup.run is None
    return lookup.reason, lookup.interrupted


@pytest.mark.parametrize("status", ["KILLED", "FAILED"])
def test_a_run_that_did_not_finish_is_the_reason_and_not_that_there_was_none(status):
    assert found() == ("it has not run before", ())
    run_id = leave(status, WANTED)
    assert found() == (f"run {run_id} of it did not finish", (run_id,))


def test_an_interrupted_run_of_another_step_is_no_reason():
    leave("KILLED", Fingerprint("tune", {"trials": 25}, {"table": "abc"}, {}, "lock", "3.11"))
    assert found() == ("it has not run before", ())
