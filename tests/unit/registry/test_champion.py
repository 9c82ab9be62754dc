"""How a candidate is compared with the champion, and when it is not."""

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from reprise.data.prepared_table import digest_of
from reprise.errors import RepriseError
from reprise.registry.promotion import register
from reprise.training.candidates import find_candidates, open_test_part
from tests.workshop import aliases, altered_version, prepared, put, raw_table, tags, trained


def test_the_champion_is_measured_on_the_same_test_part(workshop):
    put(workshop, "middling", "measured")
    outcome = put(workshop, "bad", "measured")
    (champion,) = find_candidates(workshop.runs["middling"])
    expected = open_test_part(champion, workshop.table).metrics["test_rmse"]
    assert outcome.metrics["champion_test_rmse"] == expected
    difference = outcome.metrics["champion_difference"]
    assert expected + difference == pytest.approx(float(tags("measured", "2")["test_rmse"]))
    low, high = (outcome.metrics[f"champion_difference_{end}"] for end in ("low", "high"))
    assert 0 < low < difference < high
    assert f"95% interval {low:.4g} to {high:.4g}" in outcome.reason


def test_a_champion_that_cannot_read_the_table_keeps_its_alias_and_the_reason_is_told(
    workshop, tmp_path
):
    strange = raw_table(3).rename(columns={"c, d": "renamed"})
    table = prepared(tmp_path / "strange", strange)
    (candidate,) = find_candidates(trained(table, 0.9))
    tested = open_test_part(candidate, table)
    register(candidate, table, tested, "unreadable", "if-better")
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
        (candidate,) = find_candidates(trained(table, alpha))
        tested = open_test_part(candidate, table)
        outcome = register(candidate, table, tested, "split again", "if-better")
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
    (candidate,) = find_candidates(trained(table, 0.001))
    tested = open_test_part(candidate, table)
    outcome = register(candidate, table, tested, "knows", "if-better")
    assert "it has learned from all but" in outcome.reason
    assert outcome.metrics == {}
    assert aliases("knows") == {"champion": "1", "challenger": "2"}


def test_a_champion_whose_table_is_gone_is_not_compared_and_that_is_said(workshop, tmp_path):
    old = prepared(tmp_path / "old", raw_table(1), seed=3)
    (candidate,) = find_candidates(trained(old, 0.9))
    register(candidate, old, open_test_part(candidate, old), "gone", "if-better")
    run = mlflow.get_run(old.uri.split("/")[1])
    shutil.rmtree(Path(run.info.artifact_uri.removeprefix("file://")) / "table")
    outcome = put(workshop, "good", "gone")
    assert "whose table is gone" in outcome.reason
    assert aliases("gone") == {"champion": "1", "challenger": "2"}


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


def test_a_champion_of_altered_files_is_not_compared_and_that_is_said(workshop, tmp_path):
    altered_version(workshop, "middling", "forged", tmp_path / "copy", add_code)
    mlflow.MlflowClient().set_registered_model_alias("forged", "champion", "1")
    outcome = put(workshop, "good", "forged")
    assert f"its files are not those of run {workshop.runs['middling']}" in outcome.reason
    assert "model/artifacts/predictor/more.py is new" in outcome.reason
    assert outcome.metrics == {}
    assert aliases("forged") == {"champion": "1", "challenger": "2"}


def add_code(folder: Path) -> None:
    (folder / "artifacts" / "predictor" / "more.py").write_text("")


def test_a_champion_without_a_seal_is_compared_and_that_is_said(workshop, tmp_path):
    altered_version(workshop, "bad", "unsealed", tmp_path / "copy", forget_run)
    client = mlflow.MlflowClient()
    client.create_model_version("unsealed", (tmp_path / "copy").as_uri())  # names no run
    client.set_registered_model_alias("unsealed", "champion", "2")
    for name, text in {
        "reprise.table": workshop.table.uri,
        "reprise.digest.table": digest_of(workshop.table.schema),
    }.items():
        client.set_model_version_tag("unsealed", "2", name, text)
    outcome = put(workshop, "good", "unsealed")
    assert "it beats the champion" in outcome.reason
    assert "its files are taken as they are: it names no run" in outcome.reason


def forget_run(folder: Path) -> None:
    lines = (folder / "MLmodel").read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("run_id:")]
    (folder / "MLmodel").write_text("".join(kept))


def test_a_version_whose_own_files_were_altered_is_registered_again(workshop, tmp_path):
    version = altered_version(workshop, "good", "mended", tmp_path / "copy", add_code)
    client = mlflow.MlflowClient()
    digest = mlflow.get_run(workshop.runs["good"]).data.tags["reprise.digest.model"]
    client.set_model_version_tag("mended", version.version, "reprise.digest.model", digest)
    client.set_registered_model_alias("mended", "champion", version.version)
    outcome = put(workshop, "good", "mended")
    assert outcome.version == "2"
    assert "the files of version 1, the same model, were changed" in outcome.reason
    assert aliases("mended") == {"champion": "2"}


def test_a_candidate_that_is_named_as_a_model_of_altered_files_is_refused(workshop, tmp_path):
    altered_version(workshop, "good", "posed", tmp_path / "copy", add_code)
    with pytest.raises(RepriseError, match=r"got 'models:/posed/1' whose model/.* is new \(run"):
        find_candidates("models:/posed/1")
