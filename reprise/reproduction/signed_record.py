"""What a store has now, held against a record that was signed of it: phrases for what differs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mlflow
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from reprise.data.digests import digest_json
from reprise.provenance.model_files import ModelFiles, differences
from reprise.provenance.output_files import present_files
from reprise.provenance.stored_record import record_of_run, record_of_version
from reprise.tracking.artifacts import read_json
from reprise.tracking.contract import FINGERPRINT, FINGERPRINT_TAG

_KINDS = {"parameters": "parameter", "metrics": "metric", "tags": "tag", "files": ""}
_SHOWN = 60


def version_differences(record: Mapping[str, Any], version: ModelVersion) -> list[str]:
    """What of a version is not as it was signed: its files, its tags, the run that it names."""
    signed, uri = record["version"], f"models:/{version.name}/{version.version}"
    try:
        present = ModelFiles.behind(uri).digests
        found = differences(signed["files"], present)
    except (mlflow.MlflowException, OSError):
        present, found = {}, ["its files are missing"]
    now = record_of_version(version, present)
    found += _unlike("tag", signed["tags"], now["tags"])
    for name in ("name", "number", "run"):
        if signed[name] != now[name]:
            found.append(f"{name} {signed[name]} -> {now[name]} was edited")
    return [f"{uri}: {phrase}" for phrase in found]


def run_differences(record: Mapping[str, Any], left_out: Callable[[str], bool]) -> Iterator[str]:
    """What of the runs that a version was made from is not as it was signed.

    Artifacts that are said to be `left_out` may be missing.
    """
    for run_id, signed in record["runs"].items():
        named = f"{signed['step']} run {run_id}"
        try:
            run = mlflow.get_run(run_id)
        except mlflow.MlflowException:
            yield f"{named} is gone"
            continue
        for phrase in _of_run(signed, run, left_out):
            yield f"{named}: {phrase}"


def _of_run(signed: Mapping[str, Any], run: Run, left_out: Callable[[str], bool]) -> Iterator[str]:
    tops = sorted({name.partition("/")[0] for name in signed["files"]})
    absent = {name: digest for name, digest in signed["files"].items() if left_out(name)}
    now = record_of_run(run, absent | present_files(run, tops))
    if now["step"] != signed["step"]:
        yield f"step {signed['step']} -> {now['step']} was edited"
    for section, kind in _KINDS.items():
        yield from _unlike(kind, signed[section], now[section])
    # It has no sha256 of its own: the fingerprint, a tag, is the digest of what it says.
    identity, tag = read_json(run, FINGERPRINT), signed["tags"].get(FINGERPRINT_TAG)
    if tag is not None and (identity is None or digest_json(identity) != tag):
        yield f"{FINGERPRINT} {'is missing' if identity is None else 'was changed'}"


def _unlike(kind: str, signed: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """A phrase for each name whose value is another, is missing or is new."""
    what = f"{kind} " if kind else ""
    found = []
    for name in sorted({*signed, *now}):
        if name not in now:
            found.append(f"{what}{name} is missing")
        elif name not in signed:
            found.append(f"{what}{name} is new")
        elif signed[name] != now[name]:
            change = f"{_short(signed[name])} -> {_short(now[name])} was edited"
            found.append(f"{what}{name} {change if kind else 'was changed'}")
    return found


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
