"""Registering, with real runs of cheap models; each test has a model name of its own."""

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from reprise import registry
from reprise.errors import RepriseError
from reprise.models import get_family
from reprise.models.family import Examples, FitOptions
from reprise.predictor import TabularModel
from reprise.preparation import SplitOptions, prepare, write_table
from reprise.reading import RawTable
from reprise.registry import Outcome
from reprise.registry.candidates import Candidate
from reprise.table import PreparedTable
from reprise.training import train
from steps.command import command_of
from steps.models import log_trained

ROOT = Path(__file__).resolve().parents[2]
# Elastic nets with ever larger penalties: each is worse than the one before.
ALPHAS = {"good": 0.001, "middling": 0.3, "bad": 0.9}


@dataclass(frozen=True)
class Workshop:
    """A store with the runs that the tests register."""

    uri: str
    table: PreparedTable
    other_table: PreparedTable
    runs: dict[str, str]


def raw_table(seed: int, rows: int = 120) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.normal(size=(rows, 3)), columns=["a", "b", "c, d"])
    return table.assign(price=3 * table["a"] - table["b"] + random.normal(0, 0.1, rows))


def prepared(
    folder: Path, raw: pd.DataFrame, target: str = "price", seed: int = 1
) -> PreparedTable:
    options = SplitOptions("random", 0.2, 0.2, seed)
    made = prepare(RawTable.of(raw), "prices.csv", target, "auto", options)
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "prepare"}) as run:
        write_table(folder, made)
        mlflow.log_artifacts(str(folder), "table")
    return PreparedTable(folder, f"runs:/{run.info.run_id}/table")


def trained(table: PreparedTable, alpha: float) -> str:
    """The id of a run that trained an elastic net."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_elasticnet"}) as run:
        log_trained(train(get_family("elasticnet"), table, {"alpha": alpha}, 1, 1), table, 1)
    return str(run.info.run_id)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    folder = tmp_path_factory.mktemp("workshop")
    uri = f"sqlite:///{folder}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    place = (folder / "artifacts").as_uri()
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("prices", place))
    table = prepared(folder / "table", raw_table(1))
    other = prepared(folder / "other", raw_table(2))
    runs = {name: trained(table, alpha) for name, alpha in ALPHAS.items()}
    runs["good again"] = trained(table, ALPHAS["good"])
    runs["of another table"] = trained(other, 0.001)
    mlflow.set_tracking_uri(None)
    return Workshop(uri, table, other, runs)


@pytest.fixture(autouse=True)
def in_workshop(
    own_store: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", workshop.uri)
    mlflow.set_tracking_uri(workshop.uri)
    yield
    mlflow.set_tracking_uri(own_store)


def put(
    workshop: Workshop, run: str, name: str, promote: str = "if-better", gate: str = "none"
) -> Outcome:
    """Register a run as the step does."""
    (candidate,) = registry.find_candidates(workshop.runs[run])
    tested = registry.open_test_part(candidate, workshop.table)
    registry.check_gate(registry.parse_gate(gate), tested.metrics)
    return registry.register(candidate, workshop.table, tested, name, promote)


def aliases(name: str) -> dict[str, str]:
    found = mlflow.MlflowClient().get_registered_model(name).aliases
    return {alias: str(version) for alias, version in found.items()}


def tags(name: str, version: str) -> dict[str, str]:
    return dict(mlflow.MlflowClient().get_model_version(name, version).tags)


def versions(name: str) -> list[str]:
    found = mlflow.MlflowClient().search_model_versions(f"name = '{name}'")
    return sorted(str(version.version) for version in found)


def test_first_version_becomes_champion(workshop):
    outcome = put(workshop, "middling", "first")
    assert (outcome.version, outcome.alias) == ("1", "champion")
    assert aliases("first") == {"champion": "1"}


def test_worse_challenger_leaves_the_champion_alias_unmoved(workshop):
    put(workshop, "middling", "worse")
    outcome = put(workshop, "bad", "worse")
    assert (outcome.version, outcome.alias) == ("2", "challenger")
    assert aliases("worse") == {"champion": "1", "challenger": "2"}


def test_better_challenger_moves_the_champion_alias(workshop):
    put(workshop, "middling", "better")
    outcome = put(workshop, "good", "better")
    assert (outcome.version, outcome.alias) == ("2", "champion")
    assert aliases("better") == {"champion": "2"}


def test_the_champion_is_measured_on_the_same_test_part(workshop):
    put(workshop, "middling", "measured")
    outcome = put(workshop, "bad", "measured")
    (champion,) = registry.find_candidates(workshop.runs["middling"])
    expected = registry.open_test_part(champion, workshop.table).metrics["test_rmse"]
    assert outcome.metrics["champion_test_rmse"] == expected
    difference = outcome.metrics["champion_difference"]
    assert expected + difference == pytest.approx(float(tags("measured", "2")["test_rmse"]))
    low, high = (outcome.metrics[f"champion_difference_{end}"] for end in ("low", "high"))
    assert 0 < low < difference < high
    assert f"95% interval {low:.4g} to {high:.4g}" in outcome.reason


def test_identical_model_of_another_run_is_the_same_version(workshop):
    first = put(workshop, "good", "identical")
    again = put(workshop, "good again", "identical")
    assert workshop.runs["good"] != workshop.runs["good again"]
    assert (again.version, again.alias) == (first.version, "champion")
    assert versions("identical") == ["1"]
    assert aliases("identical") == {"champion": "1"}


def test_identical_model_that_is_challenger_stays_challenger(workshop):
    put(workshop, "good", "stays")
    put(workshop, "bad", "stays")
    outcome = put(workshop, "bad", "stays")
    assert (outcome.version, outcome.alias) == ("2", "challenger")
    assert versions("stays") == ["1", "2"]
    assert aliases("stays") == {"champion": "1", "challenger": "2"}


def test_challenger_that_becomes_champion_is_challenger_no_more(workshop):
    put(workshop, "middling", "rises")
    put(workshop, "good", "rises", promote="never")
    assert aliases("rises") == {"champion": "1", "challenger": "2"}
    put(workshop, "good", "rises")
    assert aliases("rises") == {"champion": "2"}


def test_the_newest_of_two_worse_versions_is_the_challenger(workshop):
    for run in ("good", "bad", "middling"):
        put(workshop, run, "newest")
    assert aliases("newest") == {"champion": "1", "challenger": "3"}


def test_promote_never_leaves_the_champion_alias_unmoved(workshop):
    put(workshop, "bad", "never")
    outcome = put(workshop, "good", "never", promote="never")
    assert outcome.alias == "challenger"
    assert aliases("never") == {"champion": "1", "challenger": "2"}


def test_promote_never_makes_no_champion_where_there_is_none(workshop):
    put(workshop, "good", "nobody", promote="never")
    assert aliases("nobody") == {"challenger": "1"}


def test_promote_never_takes_the_alias_from_nobody(workshop):
    put(workshop, "good", "kept")
    outcome = put(workshop, "good again", "kept", promote="never")
    assert outcome.alias == "champion"
    assert aliases("kept") == {"champion": "1"}


def test_promote_always_moves_the_champion_alias_to_a_worse_model(workshop):
    put(workshop, "good", "always")
    outcome = put(workshop, "bad", "always", promote="always")
    assert outcome.alias == "champion"
    assert aliases("always") == {"champion": "2"}


def test_a_champion_that_cannot_read_the_table_keeps_its_alias_and_the_reason_is_told(
    workshop, tmp_path
):
    strange = raw_table(3).rename(columns={"c, d": "renamed"})
    table = prepared(tmp_path / "strange", strange)
    (candidate,) = registry.find_candidates(trained(table, 0.9))
    tested = registry.open_test_part(candidate, table)
    registry.register(candidate, table, tested, "unreadable", "if-better")
    outcome = put(workshop, "good", "unreadable")
    assert outcome.alias == "challenger"
    assert "'renamed'" in outcome.reason
    assert aliases("unreadable") == {"champion": "1", "challenger": "2"}


def test_a_challenger_that_is_better_only_by_luck_leaves_the_champion(workshop):
    name = "luck"
    put(workshop, "good", name)
    workshop.runs.setdefault("as good", trained(workshop.table, 0.04))
    outcome = put(workshop, "as good", name, promote="never")
    low, high = (outcome.metrics[f"champion_difference_{end}"] for end in ("low", "high"))
    assert low < 0 < high
    assert put(workshop, "as good", name).alias == "challenger"
    assert "does not clearly beat" in put(workshop, "as good", name).reason
    assert aliases(name) == {"champion": "1", "challenger": "2"}


def test_a_champion_of_another_split_is_compared_on_rows_that_it_has_not_learned_from(tmp_path):
    raw = raw_table(7, rows=800)
    tables = [prepared(tmp_path / str(seed), raw, seed=seed) for seed in (1, 2)]
    for table, alpha in zip(tables, (0.3, 0.001), strict=True):
        (candidate,) = registry.find_candidates(trained(table, alpha))
        tested = registry.open_test_part(candidate, table)
        outcome = registry.register(candidate, table, tested, "split again", "if-better")
    tests = [pd.read_parquet(table.folder / "test.parquet") for table in tables]
    unseen = len(tests[0].merge(tests[1]))  # in neither's train and validation parts
    assert 20 <= unseen < 160
    assert outcome.metrics["champion_compared_rows"] == unseen
    assert f"the {unseen} of 160 test rows that the champion has not learned from" in outcome.reason
    assert outcome.alias == "champion"


def test_a_champion_that_has_learned_from_the_test_rows_is_not_compared_and_that_is_said(
    workshop, tmp_path
):
    put(workshop, "bad", "knows")
    table = prepared(tmp_path / "table", raw_table(1), seed=2)
    (candidate,) = registry.find_candidates(trained(table, 0.001))
    tested = registry.open_test_part(candidate, table)
    outcome = registry.register(candidate, table, tested, "knows", "if-better")
    assert "it has learned from all but" in outcome.reason
    assert outcome.metrics == {}
    assert aliases("knows") == {"champion": "1", "challenger": "2"}


def test_a_champion_whose_table_is_gone_is_not_compared_and_that_is_said(workshop, tmp_path):
    old = prepared(tmp_path / "old", raw_table(1), seed=3)
    (candidate,) = registry.find_candidates(trained(old, 0.9))
    registry.register(candidate, old, registry.open_test_part(candidate, old), "gone", "if-better")
    run = mlflow.get_run(old.uri.split("/")[1])
    shutil.rmtree(Path(run.info.artifact_uri.removeprefix("file://")) / "table")
    outcome = put(workshop, "good", "gone")
    assert "whose table is gone" in outcome.reason
    assert aliases("gone") == {"champion": "1", "challenger": "2"}


def test_rolling_back_moves_the_alias_to_the_version_that_is_named_and_makes_none(workshop):
    put(workshop, "bad", "back")
    put(workshop, "good", "back")
    assert aliases("back") == {"champion": "2"}
    (candidate,) = registry.find_candidates("models:/back/1")
    tested = registry.open_test_part(candidate, workshop.table)
    outcome = registry.register(candidate, workshop.table, tested, "back", "always")
    assert (outcome.version, outcome.alias) == ("1", "champion")
    assert outcome.metrics["champion_difference_low"] > 0  # it is the worse one, and that is told
    assert aliases("back") == {"champion": "1"}
    assert versions("back") == ["1", "2"]


def test_a_champion_that_moves_during_the_comparison_is_compared_with_again(workshop, monkeypatch):
    from reprise.registry import promotion

    put(workshop, "bad", "meanwhile")
    put(workshop, "good", "meanwhile", promote="never")
    compared = []

    def compare(champion, *arguments):
        if not compared:  # another machine, to which our lock is nothing
            client = mlflow.MlflowClient()
            client.set_registered_model_alias("meanwhile", "champion", "2")
        compared.append(str(champion.version))
        return original(champion, *arguments)

    original = promotion.compare
    monkeypatch.setattr(promotion, "compare", compare)
    outcome = put(workshop, "middling", "meanwhile")
    assert compared == ["1", "2"]
    assert outcome.alias == "challenger"
    assert aliases("meanwhile") == {"champion": "2", "challenger": "3"}


REGISTER = """
import sys
import warnings
from reprise import registry
from reprise.table import PreparedTable
from pathlib import Path
run, folder, uri = sys.argv[1:]
table = PreparedTable(Path(folder), uri)
(candidate,) = registry.find_candidates(run)
tested = registry.open_test_part(candidate, table)
sys.stdin.readline()
print(registry.register(candidate, table, tested, "at once", "if-better").reason)
"""


def test_processes_that_register_at_once_leave_what_one_after_the_other_would(workshop):
    names = ["good", "middling", "bad", "good again"]
    arguments = [str(workshop.table.folder), workshop.table.uri]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, workshop.runs[name], *arguments], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in names
    ]  # fmt: skip
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, printed
    assert versions("at once") == ["1", "2", "3"]  # `good again` is the model `good`
    by_digest = {tags("at once", version)["reprise.digest.model"]: version for version in "123"}
    best = by_digest[mlflow.get_run(workshop.runs["good"]).data.tags["reprise.digest.model"]]
    found = aliases("at once")
    assert found["champion"] == best
    assert best not in {found.get("challenger")}


def test_a_candidate_whose_file_was_changed_is_refused(workshop):
    run = mlflow.get_run(trained(workshop.table, 0.5))
    model = mlflow.get_logged_model(run.data.tags["reprise.model_id"])
    path = Path(model.artifact_location.removeprefix("file://")) / "artifacts" / "pipeline.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (candidate,) = registry.find_candidates(run.info.run_id)
    with pytest.raises(RepriseError, match=r"pipeline\.skops was changed"):
        registry.open_test_part(candidate, workshop.table)


def test_the_description_of_a_wide_table_has_room_in_the_database(tmp_path):
    more = pd.DataFrame({f"column number {n}": range(n, n + 120) for n in range(300)})
    wide = pd.concat([raw_table(1), more], axis=1)
    table = prepared(tmp_path / "wide", wide)
    (candidate,) = registry.find_candidates(trained(table, 0.9))
    tested = registry.open_test_part(candidate, table)
    outcome = registry.register(candidate, table, tested, "wide", "if-better")
    description = mlflow.MlflowClient().get_model_version("wide", "1").description
    assert len(description) <= 5000
    assert description.startswith("Predicts **price** (regression) from 303 columns")
    assert "column number 299" in outcome.card


def test_nothing_is_registered_where_the_gate_fails(workshop):
    with pytest.raises(RepriseError, match="the gate must hold"):
        put(workshop, "bad", "gated", gate="r2>=0.999")
    assert versions("gated") == []
    with pytest.raises(mlflow.MlflowException):
        mlflow.MlflowClient().get_registered_model("gated")


def test_a_version_leads_back_to_run_table_and_data(workshop):
    put(workshop, "good", "led back")
    version = mlflow.MlflowClient().get_model_version("led back", "1")
    run = mlflow.get_run(workshop.runs["good"])
    assert version.tags["reprise.run"] == run.info.run_id == version.run_id
    assert version.tags["reprise.table"] == workshop.table.uri
    assert version.tags["reprise.data"] == "prices.csv"
    assert version.tags["reprise.family"] == "elasticnet"
    assert version.tags["reprise.digest.model"] == run.data.tags["reprise.digest.model"]
    assert version.tags["reprise.digest.table"] == run.data.tags["reprise.input.table"]
    assert float(version.tags["test_r2"]) > 0.9


def test_a_registered_champion_predicts_raw_rows(workshop):
    put(workshop, "good", 'it\'s "raw"')
    model = mlflow.pyfunc.load_model('models:/it\'s "raw"@champion')
    rows = raw_table(1).drop(columns="price")
    values = model.predict(rows[["c, d", "b", "a"]])
    assert np.corrcoef(values, raw_table(1)["price"])[0, 1] > 0.99


def test_the_best_candidate_is_the_best_on_validation_rows(workshop):
    names = ("bad", "good", "middling")
    candidates = registry.find_candidates(",".join(workshop.runs[name] for name in names))
    for metric in ("rmse", "mae", "r2"):
        best = registry.best_candidate(candidates, metric, workshop.table)
        assert best.run_id == workshop.runs["good"]


def test_the_first_of_equal_candidates_is_the_best(workshop):
    names = ("middling", "good again", "good")
    candidates = registry.find_candidates(", ".join(workshop.runs[name] for name in names))
    best = registry.best_candidate(candidates, "rmse", workshop.table)
    assert best.run_id == workshop.runs["good again"]


def test_candidates_may_be_runs_run_uris_and_model_uris(workshop):
    put(workshop, "good", "named")
    run = workshop.runs["good"]
    model = mlflow.get_run(run).data.tags["reprise.model_id"]
    names = [run, f"runs:/{run}/model", f"models:/{model}", "models:/named/1"]
    names.append("models:/named@champion")
    for candidate in registry.find_candidates(",".join(names)):
        assert candidate.run_id == run
        assert candidate.family == "elasticnet"


def test_a_candidate_trained_on_another_table_is_refused(workshop):
    names = ("good", "of another table")
    candidates = registry.find_candidates(",".join(workshop.runs[name] for name in names))
    with pytest.raises(RepriseError, match=workshop.runs["of another table"]):
        registry.best_candidate(candidates, "rmse", workshop.table)


@pytest.mark.parametrize(
    "name",
    ["0" * 32, f"runs:/{'0' * 32}/model", "models:/unknown/1", "models:/unknown@champion"],
)
def test_a_candidate_that_does_not_exist_is_refused_by_name(name):
    with pytest.raises(RepriseError, match="candidates must exist") as raised:
        registry.find_candidates(name)
    assert f"got '{name}'" in str(raised.value)


@pytest.mark.parametrize(
    "name", ["latest", "abc123", "file:///tmp/model", "A" * 32, "runs:/x", "models:/", "models:/x"]
)
def test_what_names_no_run_and_no_model_is_refused(name):
    with pytest.raises(RepriseError, match="candidates must") as raised:
        registry.find_candidates(name)
    assert f"got '{name}'" in str(raised.value)


@pytest.mark.parametrize("names", ["", " ", ",", " , ,"])
def test_no_candidates_are_refused(names):
    with pytest.raises(RepriseError, match="at least one run or model"):
        registry.find_candidates(names)


def test_a_run_of_another_step_is_no_candidate(workshop):
    run_id = workshop.table.uri.split("/")[1]
    with pytest.raises(RepriseError, match=f"got '{run_id}' made by prepare"):
        registry.find_candidates(run_id)


def test_a_run_of_another_program_is_no_candidate():
    with mlflow.start_run() as run:
        pass
    with pytest.raises(RepriseError, match="made by another program"):
        registry.find_candidates(run.info.run_id)


def test_a_run_that_did_not_finish_is_no_candidate(workshop):
    tags = mlflow.get_run(workshop.runs["good"]).data.tags
    run = mlflow.MlflowClient().create_run(
        mlflow.get_run(workshop.runs["good"]).info.experiment_id,
        tags={name: value for name, value in tags.items() if name.startswith("reprise.")},
    )
    mlflow.MlflowClient().set_terminated(run.info.run_id, "FAILED")
    with pytest.raises(RepriseError, match="candidates must"):
        registry.find_candidates(run.info.run_id)


def test_a_test_part_that_was_changed_is_refused(workshop, tmp_path):
    for path in workshop.table.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    changed = pd.read_parquet(tmp_path / "test.parquet")
    changed.iloc[0, 0] += 1e-9
    changed.to_parquet(tmp_path / "test.parquet", index=False)
    (candidate,) = registry.find_candidates(workshop.runs["good"])
    with pytest.raises(RepriseError, match=r"test\.parquet"):
        registry.open_test_part(candidate, PreparedTable(tmp_path, workshop.table.uri))


def again(table: PreparedTable, candidate: Candidate, name: str) -> tuple[Outcome, str]:
    """Register a candidate, fitted again, as the step does; with the id of the run that did."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "register"}) as run:
        mlflow.set_tags({"reprise.candidate": candidate.run_id, "reprise.family": candidate.family})
        fitted = registry.fit_again(candidate, table)
        tested = registry.open_test_part(fitted, table)
        return registry.register(fitted, table, tested, name, "if-better"), run.info.run_id


def fitted_by_hand(table: PreparedTable, alpha: float) -> TabularModel:
    """The elastic net of train and validation rows."""
    parts = [table.read(name) for name in ("train", "validation")]
    rows = Examples(pd.concat([part.X for part in parts]), pd.concat([part.y for part in parts]))
    family = get_family("elasticnet")
    chosen = family.defaults | {"alpha": alpha}
    return family.fit("regression", rows, None, chosen, FitOptions(1)).model(table.schema.kinds)


def test_the_winner_is_fitted_again_on_train_and_validation_rows(workshop):
    (candidate,) = registry.find_candidates(workshop.runs["good"])
    outcome, run_id = again(workshop.table, candidate, "again")
    version = mlflow.MlflowClient().get_model_version("again", outcome.version)
    assert version.run_id == run_id
    assert version.tags["reprise.run"] == workshop.runs["good"]
    assert version.tags["reprise.refit"] == "train+validation"
    assert version.tags["reprise.digest.model"] != candidate.digest
    assert "fitted on 96 rows (train and validation)" in version.description
    rows = raw_table(1)
    expected = fitted_by_hand(workshop.table, 0.001).predict(rows)
    assert np.array_equal(mlflow.pyfunc.load_model("models:/again/1").predict(rows), expected)
    test = workshop.table.read("test")
    errors = fitted_by_hand(workshop.table, 0.001).predict(test.X) - test.y
    assert float(version.tags["test_rmse"]) == pytest.approx(np.sqrt((errors**2).mean()))
    assert again(workshop.table, candidate, "again")[0].version == "1"  # found again
    assert versions("again") == ["1"]


def test_a_registered_version_is_rolled_back_to_as_it_is(workshop):
    for name in ("bad", "good"):
        again(workshop.table, registry.find_candidates(workshop.runs[name])[0], "rolled")
    assert aliases("rolled") == {"champion": "2"}
    (candidate,) = registry.find_candidates("models:/rolled/1")
    assert registry.why_as_it_is(candidate) == "it is a registered version"
    assert candidate.run_id == workshop.runs["bad"]
    tested = registry.open_test_part(candidate, workshop.table)
    outcome = registry.register(candidate, workshop.table, tested, "rolled", "always")
    assert (outcome.version, outcome.alias) == ("1", "champion")
    assert versions("rolled") == ["1", "2"]


def test_a_refitted_model_whose_file_was_changed_is_refused(workshop):
    (candidate,) = registry.find_candidates(workshop.runs["middling"])
    _, run_id = again(workshop.table, candidate, "changed")
    path = model_folder(run_id) / "artifacts" / "pipeline.skops"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    (version,) = registry.find_candidates("models:/changed/1")
    with pytest.raises(RepriseError, match=r"pipeline\.skops was changed"):
        registry.open_test_part(version, workshop.table)


def test_a_candidate_that_does_not_say_how_it_was_fitted_is_registered_as_it_is(workshop):
    run_id = trained(workshop.table, 0.7)
    path = model_folder(run_id) / "MLmodel"
    stored = yaml.safe_load(path.read_text())
    del stored["metadata"]["recipes"]
    path.write_text(yaml.safe_dump(stored))
    (candidate,) = registry.find_candidates(run_id)
    assert registry.why_as_it_is(candidate) == "its run does not say how it was fitted"


def blend(table: PreparedTable, *runs: str) -> str:
    """The id of a run of ensemble."""
    tags = {"mlflow.project.entryPoint": "ensemble"}
    with mlflow.start_run(tags=tags) as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's, about where prices.csv may come from
        command_of("ensemble").callback(
            candidates=",".join(runs), table=table.uri, metric="auto", seed=1
        )
    return str(run.info.run_id)


def test_a_blend_is_a_candidate_and_each_member_is_fitted_again(workshop, tmp_path):
    raw = raw_table(1, rows=300)
    raw["price"] += 1.5 * raw["b"].abs()  # lines for one family, a bend for the other
    table = prepared(tmp_path / "bent", raw)
    runs = [trained(table, 0.001), trained_forest(table), trained(table, 0.9)]
    run_id = blend(table, *runs)
    run = mlflow.get_run(run_id)
    shares = {each["run"]: each["weight"] for each in json.loads(run.data.tags["reprise.members"])}
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares) == runs[:2]  # the last adds nothing
    rows, weights = raw_table(2), list(shares.values())
    members = [mlflow.pyfunc.load_model(f"runs:/{one}/model").predict(rows) for one in shares]
    expected = members[0] * weights[0] + members[1] * weights[1]
    assert np.array_equal(mlflow.pyfunc.load_model(f"runs:/{run_id}/model").predict(rows), expected)
    # Measured on rows that had no say, it beats both, and so it is registered.
    candidates = registry.find_candidates(",".join([*runs, run_id]))
    best = registry.best_candidate(candidates, "rmse", table)
    assert best.run_id == run_id
    again(table, best, "blend")
    version = mlflow.MlflowClient().get_model_version("blend", "1")
    assert version.tags["reprise.family"] == "ensemble"
    assert "Blend of models, fitted on 240 rows" in version.description
    assert f"weight 1 (elasticnet) {weights[0]:.2f}" in version.description
    loaded = mlflow.pyfunc.load_model("models:/blend/1").unwrap_python_model().model
    assert loaded.weights == weights
    alone = fitted_by_hand(table, 0.001).predict(rows)
    assert np.array_equal(loaded.members[0].predict(rows), alone)


def test_a_blend_that_is_one_member_does_not_beat_it(workshop):
    runs = [workshop.runs[name] for name in ("good", "bad")]
    candidates = registry.find_candidates(",".join([*runs, blend(workshop.table, *runs)]))
    one, _, other = (each.run.data.metrics["validation_rmse"] for each in candidates)
    assert one == other
    best = registry.best_candidate(candidates, "rmse", workshop.table)
    assert best.run_id == workshop.runs["good"]


def test_what_cannot_be_blended_is_refused(workshop):
    good, bad, other = (workshop.runs[name] for name in ("good", "bad", "of another table"))
    whole = blend(workshop.table, good, bad)
    with pytest.raises(RepriseError, match="at least two"):
        blend(workshop.table, good)
    with pytest.raises(RepriseError, match=f"got run {whole}, a blend"):
        blend(workshop.table, good, whole)
    with pytest.raises(RepriseError, match="trained on another table"):
        blend(workshop.table, good, other)


def model_folder(run_id: str) -> Path:
    model = mlflow.get_logged_model(mlflow.get_run(run_id).data.tags["reprise.model_id"])
    return Path(model.artifact_location.removeprefix("file://"))


def trained_forest(table: PreparedTable) -> str:
    """The id of a run that trained a small forest."""
    with mlflow.start_run(tags={"mlflow.project.entryPoint": "train_rf"}) as run:
        log_trained(train(get_family("rf"), table, {"n_estimators": 20}, 1, 1), table, 1)
    return str(run.info.run_id)


def test_a_candidate_without_the_metric_loses_to_one_that_has_it(workshop):
    candidates = registry.find_candidates(",".join(workshop.runs[name] for name in ("good", "bad")))
    without = {
        name: value
        for name, value in candidates[0].run.data.metrics.items()
        if name != "validation_rmse"
    }
    run = candidates[0].run
    data = mlflow.entities.RunData(
        [mlflow.entities.Metric(name, value, 0, 0) for name, value in without.items()],
        [],
        [mlflow.entities.RunTag(name, value) for name, value in run.data.tags.items()],
    )
    odd = replace(candidates[0], run=mlflow.entities.Run(run.info, data))
    best = registry.best_candidate([odd, candidates[1]], "rmse", workshop.table)
    assert best.run_id == workshop.runs["bad"]
