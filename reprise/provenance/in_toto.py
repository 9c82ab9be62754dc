"""A record as an in-toto statement with SLSA provenance, and a statement read back.

https://in-toto.io/Statement/v1, https://slsa.dev/spec/v1.0/provenance. Subjects are the version,
the files of its model and its bill of materials; `resolvedDependencies` the raw table, code, lock
and prepared table; the extension field `reprise_record` has all that is known, and `reprise_merkle`
the root over that.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlflow.utils import mlflow_tags as tags

from reprise.data.digests import canonical_json, digest_json
from reprise.provenance.merkle import facts, merkle_root
from reprise.provenance.recorded_run import as_given
from reprise.tracking.contract import (
    BILL_OF_MATERIALS,
    ENVIRONMENT,
    INPUT_DATA_TAG,
    MODEL,
    MODEL_DIGEST_TAG,
    MODEL_SIGNATURE,
    SOURCE_CODE,
    SOURCE_DIFF,
    SOURCE_LOCK,
    TABLE,
)

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
# What it means, and its version: a reader that knows another one refuses it.
BUILD_TYPE = "urn:reprise:register:1"
_BUILDER = "urn:reprise"
_SOURCES = (SOURCE_CODE, SOURCE_DIFF, SOURCE_LOCK, ENVIRONMENT)

Record = Mapping[str, Any]


class UnsoundStatement(Exception):
    """What makes a statement none of ours, or not whole; the text says it."""


def statement_of(record: Record) -> bytes:
    """The statement in canonical JSON: the same record gives the same bytes."""
    found = list(facts(record))
    registering = record["runs"][record["decision"]["run"]]
    return canonical_json(
        {
            "_type": STATEMENT,
            "subject": _subjects(record),
            "predicateType": PREDICATE,
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": registering["parameters"],
                    "resolvedDependencies": list(_dependencies(record["runs"])),
                },
                "runDetails": {
                    "builder": {"id": _BUILDER},
                    "metadata": {"invocationId": record["decision"]["run"]},
                },
                "reprise_record": record,
                "reprise_merkle": {
                    "algorithm": "sha256, RFC 6962, leaves canonical JSON [path, value]",
                    "leaves": str(len(found)),
                    "root": merkle_root(found),
                },
            },
        }
    )


def record_in(statement: bytes) -> Record:
    """The record in a statement; UnsoundStatement where it is none, or its parts do not agree."""
    try:
        found = json.loads(statement)
        predicate = found["predicate"]
        record, merkle = predicate["reprise_record"], predicate["reprise_merkle"]
        kind = predicate["buildDefinition"]["buildType"]
        if (found["_type"], found["predicateType"], kind) != (STATEMENT, PREDICATE, BUILD_TYPE):
            raise UnsoundStatement(f"is of a kind that is not known here ({kind})")
        leaves = list(facts(record))
        if len(leaves) != int(merkle["leaves"]) or merkle_root(leaves) != merkle["root"]:
            raise UnsoundStatement("has a Merkle root that is not that of its facts")
        int(record["decision"]["decided"]), int(record["version"]["number"])
        if record["decision"]["run"] not in record["runs"] or not _is_whole(record):
            raise UnsoundStatement("lacks a run that it speaks of")
        if found["subject"] != _subjects(record):
            raise UnsoundStatement("has other subjects than its record")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise UnsoundStatement(f"is no statement of Reprise ({error!r})") from None
    return dict(record)


def _is_whole(record: Record) -> bool:
    """Whether everything that a statement is made of is there, in its type."""
    sections = ("parameters", "metrics", "tags", "files")
    parts = [each[name] for each in record["runs"].values() for name in sections]
    parts += [record["version"][name] for name in ("tags", "files")]
    return all(isinstance(part, dict) for part in parts) and record["version"]["run"] in (
        *record["runs"],
        *record["gone"],
    )


def _subjects(record: Record) -> list[dict[str, Any]]:
    """The version by one digest of all its files and that of its content, then each file.

    Then what `register` has left with it.
    """
    version, left = record["version"], record["runs"][record["decision"]["run"]]["files"]
    files: Mapping[str, str] = version["files"]
    whole = {"sha256": digest_json(dict(files))}
    if content := version["tags"].get(MODEL_DIGEST_TAG):
        whole["repriseContent"] = content
    subjects = [{"name": f"models:/{version['name']}/{version['number']}", "digest": whole}]
    named = [(f"{MODEL}/{name}", files[name]) for name in sorted(files)]
    named += [(name, left[name]) for name in (BILL_OF_MATERIALS, MODEL_SIGNATURE) if name in left]
    return subjects + [{"name": name, "digest": {"sha256": digest}} for name, digest in named]


def _dependencies(runs: Record) -> Iterator[dict[str, Any]]:
    """What went in, from each preparation of a table: raw data, code, lock, parts of the table."""
    for run_id in sorted(runs):
        run = runs[run_id]
        if run["step"] != "prepare":
            continue
        given, known, files = run["parameters"], run["tags"], run["files"]
        data: dict[str, Any] = {"name": "data", "uri": as_given(given.get("data", ""))}
        if INPUT_DATA_TAG in known:
            data["digest"] = {"sha256": known[INPUT_DATA_TAG]}
        if given.get("query", "none") != "none":
            data["annotations"] = {"query": as_given(given["query"])}
        yield data
        if commit := known.get(tags.MLFLOW_GIT_COMMIT):
            origin = known.get(tags.MLFLOW_GIT_REPO_URL)
            place = {"uri": f"git+{origin}@{commit}"} if origin else {}
            yield {"name": "code", **place, "digest": {"gitCommit": commit}}
        for name in sorted(files):
            if name in _SOURCES or name.startswith(f"{TABLE}/"):
                uri = f"runs:/{run_id}/{name}"
                yield {"name": name, "uri": uri, "digest": {"sha256": files[name]}}
