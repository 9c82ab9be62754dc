"""Edits of a record are named; what only looks otherwise is none."""

import hashlib
from types import SimpleNamespace as Some

import pytest

from reprise.lineage.digests import digest_json
from reprise.lineage.origin import Origin
from reprise.reproduction.record import copy_problems, main_problems, record_problems

LOCK = "numpy==2.4.1\n"
CODE = {"steps.register": "pass\n"}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def broken(name: str) -> Origin:
    return Origin({}, "a" * 40, dirty=False, broken={name: "was changed"})


def step(entry_point: str = "register", metrics: dict | None = None, **parameters: str) -> Some:
    """A recorded step whose record is as it left it."""
    code = {name: sha256(text) for name, text in CODE.items()}
    typed = {name: int(text) if text.isdigit() else text for name, text in parameters.items()}
    identity = {"parameters": typed, "inputs": {}, "lock": sha256(LOCK), "code": code}
    tags = {"reprise.fingerprint": digest_json(identity)}
    origin = Origin(typed, "a" * 40, dirty=False, broken={})
    return Some(
        entry_point=entry_point, parameters=parameters, identity=identity, id="0" * 32,
        origin=origin, commit=("a" * 40, False),
        lock=LOCK, lock_digest=sha256(LOCK), code=CODE, code_digests=code, outputs={"model": "a"},
        run=Some(data=Some(tags=tags, metrics=metrics or {})),
    )  # fmt: skip


def main(metrics: dict | None = None, **parameters: str) -> Some:
    return step("main", metrics, **{"models": "elasticnet, rf", "seed": "42", **parameters})


STEPS = [step("train_rf", seed="42"), step("register", {"test_rmse": 1.0})]


def test_an_intact_record_has_no_problems():
    assert record_problems(step(metric="auto")) == []
    same = main({"test_rmse": 1.0})
    same.parameters = same.parameters | {"seed": "4.2e1"}
    assert main_problems(same, STEPS) == []
    assert copy_problems(step(), step()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parameters": {"metric": "r2"}}, "parameter metric auto -> r2 was edited"),
        ({"lock": "numpy==9\n"}, "source/requirements.txt was changed"),
        ({"lock": None}, "source/requirements.txt is missing"),
        ({"lock_digest": "1"}, "the tag reprise.lock was changed"),
        ({"code": None}, "source/code.json is missing"),
        ({"code_digests": {"steps.register": "1"}}, "source/code.json was changed (code: steps/"),
        ({"identity": {}}, "fingerprint.json is missing"),
        ({"identity": {"parameters": {}}}, "fingerprint.json or the tag reprise.fingerprint was"),
        ({"origin": broken("environment.json")}, "environment.json was changed"),
        ({"origin": broken("source/origin.json")}, "source/origin.json was changed"),
        ({"commit": ("b" * 40, False)}, f"tag commit {'a' * 40} -> {'b' * 40} was edited"),
        ({"commit": ("a" * 40, True)}, "tag dirty False -> True was edited"),
    ],
)
def test_an_edited_record_is_named(change, said):
    recorded = step(metric="auto")
    for name, value in change.items():
        setattr(recorded, name, value)
    assert any(problem.startswith(said) for problem in record_problems(recorded))


def test_an_edited_main_is_named():
    edited = main({"test_rmse": 0.5})
    edited.parameters = edited.parameters | {"models": "rf"}
    assert main_problems(edited, STEPS) == [
        "main: parameter models elasticnet, rf -> rf was edited",
        "main: metric test_rmse 1 -> 0.5 (-0.5) was edited",
    ]


def test_what_is_told_in_detail_is_not_told_again():
    recorded = step()
    recorded.lock, recorded.origin = "numpy==9\n", broken("source/requirements.txt")
    (problem,) = record_problems(recorded)
    assert problem.startswith("source/requirements.txt was changed (")


def test_a_cached_step_is_held_against_the_run_it_stands_for():
    (problem,) = copy_problems(step("tune", {"cv_rmse": 1.0}), step("tune", {"cv_rmse": 2.0}))
    assert "cv_rmse 2 -> 1" in problem
    (problem,) = copy_problems(step("tune", seed="43"), step("tune", seed="42"))
    assert "parameter seed 42 -> 43" in problem
