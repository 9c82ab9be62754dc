"""Edits of a record are named; what only looks otherwise is none."""

import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace as Some

import mlflow
import pytest

from reprise.data.digests import digest_json
from reprise.provenance.record import Origin
from reprise.reproduction.integrity import (
    copy_problems,
    is_registered,
    main_problems,
    model_problems,
    record_problems,
)
from reprise.tracking.runs import registered_version
from tests.workshop import altered_version, put

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
        entry_point=entry_point,
        parameters=parameters,
        identity=identity,
        id="0" * 32,
        origin=origin,
        commit=("a" * 40, False),
        lock=LOCK,
        lock_digest=sha256(LOCK),
        code=CODE,
        code_digests=code,
        outputs={"model": "a"},
        run=Some(data=Some(tags=tags, metrics=metrics or {})),
    )


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


def test_a_main_whose_register_cannot_be_found_any_more_is_named():
    (problem,) = main_problems(main({"test_rmse": 1.0}), [step("train_rf", seed="42")])
    assert problem.startswith("main: its step register is missing")


def test_a_step_that_has_lost_its_fingerprint_altogether_is_named():
    lost = step("register", {"test_rmse": 1.0})
    lost.identity, lost.run.data.tags = {}, {}
    for cache, count in (("use", 1), ("off", 0)):
        found = main_problems(main({"test_rmse": 1.0}, cache=cache), [lost])
        assert found == ["main: fingerprint.json and the tag of register are missing"] * count
    lost.run.data.tags = {"reprise.cached_from": "1"}
    assert main_problems(main({"test_rmse": 1.0}, cache="use"), [lost]) == []


def spoil(folder: Path) -> None:
    (folder / "artifacts" / "pipeline.skops").write_bytes(b"")


def test_a_version_of_altered_files_is_named_with_the_file(workshop, tmp_path):
    put(workshop, "good", "proved")
    assert problems_of("models:/proved/1") == []
    altered_version(workshop, "good", "proved", tmp_path / "copy", spoil)
    changed = "model/artifacts/pipeline.skops was changed"
    assert problems_of("models:/proved/2") == [f"models:/proved/2: {changed}"]
    shutil.rmtree(tmp_path / "copy")
    assert problems_of("models:/proved/2") == ["models:/proved/2: its files are missing"]


def test_what_a_version_of_register_should_say_and_does_not_is_named(workshop):
    put(workshop, "good", "silenced")
    client = mlflow.MlflowClient()
    shown = client.get_model_version("silenced", "1").tags
    for name in shown:
        if name.startswith("test_"):
            client.delete_model_version_tag("silenced", "1", name)
    client.delete_model_version_tag("silenced", "1", "reprise.digest.model")
    client.set_model_version_tag("silenced", "1", "reprise.family", "rf")
    assert problems_of("models:/silenced/1") == [
        "models:/silenced/1: tag reprise.family elasticnet -> rf was edited",
        "models:/silenced/1: the tag reprise.digest.model is missing",
        "models:/silenced/1: its test metrics are missing (tags test_…)",
    ]


def test_a_version_without_any_tag_is_known_by_the_run_that_registered_it(workshop):
    version = mlflow.register_model(f"runs:/{workshop.runs['good']}/model", "by hand")
    assert problems_of("models:/by hand/1") == []
    with mlflow.start_run(tags={"reprise.model_name": "by hand", "reprise.version": "1"}):
        assert is_registered(version)
        assert "its test metrics are missing" in problems_of("models:/by hand/1")[-1]


def problems_of(uri: str) -> list[str]:
    return model_problems(uri, registered_version(uri))
