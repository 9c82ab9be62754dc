"""Edits of a store by someone who can write to all of it: files, database, certificates."""

import base64
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Run

from reprise.data.digests import canonical_json
from reprise.provenance.output_files import present_files
from reprise.provenance.signing import SigningKey

NAME = "reprise"


@dataclass(frozen=True)
class Forger:
    """What there is to edit: the database, the champion (version 2), the runs behind it by step."""

    database: Path
    runs: dict[str, str]
    key: SigningKey

    def run(self, step: str) -> Run:
        return mlflow.get_run(self.runs[step])

    def folder(self, step: str) -> Path:
        return Path(self.run(step).info.artifact_uri.removeprefix("file://"))

    def model(self, step: str) -> Path:
        model = mlflow.get_logged_model(self.run(step).data.tags["reprise.model_id"])
        return Path(model.artifact_location.removeprefix("file://"))

    def sql(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.database)) as store, store:
            assert store.execute(statement, values).rowcount > 0, statement

    def tag(self, step: str, name: str, value: str) -> None:
        mlflow.MlflowClient().set_tag(self.runs[step], name, value)

    def seal_again(self, step: str) -> None:
        """Have files.json, and its tag, say what the files of a run are now."""
        path = self.folder(step) / "files.json"
        tops = sorted({name.partition("/")[0] for name in json.loads(path.read_text())})
        path.write_text(json.dumps(present_files(self.run(step), tops)))
        self.seal(step, "files.json")

    def seal(self, step: str, name: str) -> None:
        """Have the tag with the sha256 of an artifact say what that is now."""
        digest = hashlib.sha256((self.folder(step) / name).read_bytes()).hexdigest()
        self.tag(step, f"reprise.sha256.{name}", digest)

    def envelope(self, step: str = "register") -> Path:
        return self.folder(step) / "provenance.dsse.json"

    def statement(self) -> dict[str, Any]:
        return json.loads((self.folder("register") / "provenance.json").read_text())

    def certify(self, statement: dict[str, Any], key: SigningKey | None = None) -> None:
        """Put a statement in place of the certificate, signed, or under the old signature."""
        payload = canonical_json(statement)
        (self.folder("register") / "provenance.json").write_bytes(payload)
        if key is not None:
            self.envelope().write_bytes(key.seal(payload))
            return
        envelope = json.loads(self.envelope().read_text())
        envelope["payload"] = base64.b64encode(payload).decode()
        self.envelope().write_text(json.dumps(envelope))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edit_cell(path: Path) -> None:
    table = pd.read_parquet(path)
    table.iloc[0, 0] += 1
    table.to_parquet(path, index=False)


Edit = Callable[[Forger], None]
CASES: dict[str, tuple[Edit, str]] = {}


def case(named: str) -> Callable[[Edit], Edit]:
    """Have an edit among the cases; `named` is a part of what must be said of it."""

    def add(edit: Edit) -> Edit:
        CASES[edit.__name__] = edit, named
        return edit

    return add
