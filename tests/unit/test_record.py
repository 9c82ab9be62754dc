"""Edits of a record are named; what only looks otherwise is none."""

import hashlib
from types import SimpleNamespace as Some

import pytest

from reprise.lineage.digests import digest_json
from reprise.reproduction.record import copy_problems, main_problems, record_problems

LOCK = "numpy==2.4.1\n"
CODE = {"steps.register": "pass\n"}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def step(entry_point: str = "register", metrics: dict | None = None, **parameters: str) -> Some:
    """A recorded step whose record is as it left it."""
    code = {name: sha256(text) for name, text in CODE.items()}
    typed = {name: float(text) if text.isdigit() else text for name, text in parameters.items()}
    identity = {"parameters": typed, "inputs": {}, "lock": sha256(LOCK), "code": code}
    tags = {"reprise.fingerprint": digest_json(identity)}
    return Some(
        entry_point=entry_point, parameters=parameters, identity=identity, inputs={}, id="0" * 32,
        lock=LOCK, lock_digest=sha256(LOCK), code=CODE, code_digests=code, outputs={"model": "a"},
        run=Some(data=Some(tags=tags, metrics=metrics or {})),
    )  # fmt: skip


def main(metrics: dict | None = None, **parameters: str) -> Some:
    return step("main", metrics, **{"models": "elasticnet, rf", "seed": "42", **parameters})


STEPS = [step("train_elasticnet", seed="42"), step("train_rf", seed="42"),
         step("register", {"test_rmse": 1.0})]  # fmt: skip


def test_an_intact_record_has_no_problems():
    assert record_problems(step(metric="auto")) == []
    assert main_problems(main({"test_rmse": 1.0}, seed="4.2e1", workers="3"), STEPS) == []
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
    ],
)
def test_an_edited_record_is_named(change, said):
    recorded = step(metric="auto")
    for name, value in change.items():
        setattr(recorded, name, value)
    assert any(problem.startswith(said) for problem in record_problems(recorded))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (main(seed="43"), "main: parameter seed 42 -> 43 was edited (train_elasticnet, train_rf"),
        (main(models="elasticnet"), "main: parameter models does not name"),
        (main({"test_rmse": 0.5}), "main: metric test_rmse 1 -> 0.5 (-0.5) was edited"),
    ],
)
def test_an_edited_main_is_held_against_its_steps(changed, said):
    (problem,) = main_problems(changed, STEPS)
    assert problem.startswith(said)


def test_a_cached_step_is_held_against_the_run_it_stands_for():
    (problem,) = copy_problems(step("tune", {"cv_rmse": 1.0}), step("tune", {"cv_rmse": 2.0}))
    assert "cv_rmse 2 -> 1" in problem
