"""Inputs of a step by what they are, however they are named."""

from pathlib import Path

import mlflow

from reprise.data.contracts.contract_text import read_contract
from reprise.provenance.fingerprint import fingerprint
from tests.workshop import put


def identity(candidates: str) -> str:
    return fingerprint("register", {"candidates": candidates}).inputs["candidates"]


def test_candidates_named_by_uri_are_told_apart_and_are_what_their_runs_are(workshop):
    good, bad = workshop.runs["good"], workshop.runs["bad"]
    assert identity(f"runs:/{good}/model") != identity(f"runs:/{bad}/model")
    assert identity(f"runs:/{good}/model, {bad}") == identity(f"{good},runs:/{bad}/model")
    assert identity(good) == identity(workshop.runs["good again"])
    logged = mlflow.get_run(good).data.tags["reprise.model_id"]
    assert identity(f"models:/{logged}") == identity(good)


def test_a_registered_version_is_another_candidate_than_its_run(workshop):
    put(workshop, "good", "fingerprints")
    put(workshop, "bad", "fingerprints")
    names = ["models:/fingerprints/1", "models:/fingerprints/2", workshop.runs["good"]]
    assert len(set(map(identity, names))) == 3


def test_candidates_that_do_not_exist_are_told_apart_too(workshop):
    assert identity("0" * 32) != identity("1" * 32)


def test_a_contract_counts_by_what_it_demands_and_not_by_where_it_lies():
    terms = '{"contract": 1, "columns": {"a": {"kind": "number", "max": %s}}}'
    found = []
    for path, limit in (("one.json", 1), ("two.json", 1.0), ("two.json", 2)):
        Path(path).write_text(terms % limit)
        found.append(fingerprint("prepare", {"data": "sklearn:iris", "contract": path}))
    assert found[0].digest == found[1].digest != found[2].digest
    assert found[0].inputs["contract"] == read_contract(terms % 1).digest


def test_a_step_without_a_contract_is_what_it_was_before_there_were_any():
    plain = fingerprint("prepare", {"data": "sklearn:iris"})
    assert fingerprint("prepare", {"data": "sklearn:iris", "contract": "none"}) == plain
