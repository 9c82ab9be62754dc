"""A record as a statement that public tools read, and what a statement must be to be one."""

import copy
import json
from typing import Any

import pytest

from reprise.data.digests import canonical_json
from reprise.provenance.in_toto import UnsoundStatement, record_in, statement_of

RECORD: dict[str, Any] = {
    "version": {
        "name": "prices",
        "number": "3",
        "run": "r",
        "tags": {"reprise.digest.model": "c0"},
        "files": {"MLmodel": "f1", "artifacts/a b": "f2"},
    },
    "decision": {"run": "r", "alias": "champion", "decided": "17", "gate": "none"},
    "runs": {
        "r": {
            "step": "register",
            "parameters": {"gate": "none"},
            "metrics": {"test_rmse": "0.1", "test_mae": "nan"},
            "tags": {},
            "files": {},
        },
        "p": {
            "step": "prepare",
            "parameters": {"data": "'/my tables/é.csv'", "query": "'SELECT 1'"},
            "metrics": {},
            "tags": {
                "reprise.input.data": "d0",
                "mlflow.source.git.commit": "c1",
                "mlflow.source.git.repoURL": "https://example.org/r.git",
            },
            "files": {"table/train.parquet": "t1", "source/requirements.txt": "l1"},
        },
    },
    "gone": {},
}


def test_a_statement_gives_back_its_record_and_is_one_text():
    statement = statement_of(RECORD)
    assert record_in(statement) == RECORD
    assert statement == canonical_json(json.loads(statement))
    shuffled = json.loads(json.dumps(dict(reversed(RECORD.items()))))
    assert statement_of(shuffled) == statement


def test_subjects_and_what_went_in_stand_where_public_tools_look():
    found = json.loads(statement_of(RECORD))
    assert [each["name"] for each in found["subject"]] == [
        "models:/prices/3",
        "model/MLmodel",
        "model/artifacts/a b",
    ]
    assert found["subject"][1]["digest"] == {"sha256": "f1"}
    assert found["subject"][0]["digest"]["repriseContent"] == "c0"
    definition = found["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {"gate": "none"}
    assert definition["resolvedDependencies"] == [
        {
            "name": "data",
            "uri": "/my tables/é.csv",
            "digest": {"sha256": "d0"},
            "annotations": {"query": "SELECT 1"},
        },
        {
            "name": "code",
            "uri": "git+https://example.org/r.git@c1",
            "digest": {"gitCommit": "c1"},
        },
        {
            "name": "source/requirements.txt",
            "uri": "runs:/p/source/requirements.txt",
            "digest": {"sha256": "l1"},
        },
        {
            "name": "table/train.parquet",
            "uri": "runs:/p/table/train.parquet",
            "digest": {"sha256": "t1"},
        },
    ]


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("predicate", "reprise_record", "gone", "x"), "y", "Merkle root"),
        (("predicate", "reprise_record", "runs", "p", "files", "new"), "y", "Merkle root"),
        (("predicate", "reprise_merkle", "leaves"), "1", "Merkle root"),
        (("subject",), [], "other subjects"),
        (("predicateType",), "https://example.org", "not known"),
        (("predicate", "reprise_record"), [], "Merkle root"),
        (("predicate", "reprise_record"), "all", "no statement"),
    ],
)
def test_a_statement_whose_parts_do_not_agree_is_none(place, value, said):
    found = json.loads(statement_of(RECORD))
    part = found
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    with pytest.raises(UnsoundStatement, match=said):
        record_in(json.dumps(found).encode())


@pytest.mark.parametrize("content", [b"", b"null", b"[1]", b"\xff", b'{"predicate": null}'])
def test_what_is_no_statement_is_said_to_be_none(content):
    with pytest.raises(UnsoundStatement, match="is no statement"):
        record_in(content)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("version", "run"), "s"),
        (("decision", "run"), "s"),
        (("decision", "decided"), "soon"),
        (("runs", "p", "files"), "none"),
    ],
)
def test_a_whole_statement_of_half_a_record_is_none(place, value):
    record = copy.deepcopy(RECORD)
    part = record
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    with pytest.raises((UnsoundStatement, KeyError)):
        record_in(statement_of(record))
