"""The prepared table: stored as an artifact by `prepare`, read back part by part."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from reprise.data.digests import digest_json, digest_table
from reprise.data.schema import Schema
from reprise.errors import RepriseError

BLOCKS = "blocks"


@dataclass(frozen=True)
class Part:
    """Rows of one part: features X in their plain form, target y, aligned.

    `blocks`, int64 of shape (rows,), numbers the groups, or the times in their order, where the
    table was split by one of these: what a fold must keep together.
    """

    X: pd.DataFrame
    y: pd.Series
    blocks: np.ndarray | None = None


@dataclass(frozen=True)
class LearningRows:
    """The parts that a model may learn from, each read once, and the schema of their table."""

    schema: Schema
    train: Part
    validation: Part

    @property
    def together(self) -> Part:
        """The rows of both, one part after the other."""
        parts = (self.train, self.validation)
        return Part(
            pd.concat([part.X for part in parts], ignore_index=True),
            pd.concat([part.y for part in parts], ignore_index=True),
        )


def digest_of(schema: Schema) -> str:
    """Digest of a prepared table: what its parts hold and how they are used, not where from."""
    used = [schema.target, schema.target_type, schema.task, list(schema.kinds.items())]
    return digest_json([used, schema.digests])


class PreparedTable:
    """A prepared table in a local folder; parts are read, and their digests checked, on demand."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.folder = folder
        self.uri = uri
        self.schema = Schema.from_json(
            json.loads((folder / "schema.json").read_text(encoding="utf-8"))
        )

    def read(self, name: str) -> Part:
        """Return one part; raise RepriseError where its content is not what `prepare` wrote."""
        table = self._read(name)
        return Part(
            table.drop(columns=self.schema.target), table[self.schema.target], self._blocks(name)
        )

    def learning_rows(self) -> LearningRows:
        """The train and the validation part."""
        return LearningRows(self.schema, self.read("train"), self.read("validation"))

    def _blocks(self, part: str) -> np.ndarray | None:
        if self.schema.divided.kind == "random":
            return None
        blocks = self._read(BLOCKS)
        return blocks["block"][blocks["part"] == part].to_numpy()

    def _read(self, name: str) -> pd.DataFrame:
        """A file as `prepare` wrote it."""
        path = self.folder / f"{name}.parquet"
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise RepriseError(
                f"{name}.parquet of '{self.uri}' must be readable, got {reason}: run prepare again"
            ) from None
        if (found := digest_table(table)) != self.schema.digests[name]:
            raise RepriseError(
                f"{name}.parquet of '{self.uri}' must be as prepare wrote it (sha256 "
                f"{self.schema.digests[name][:12]}), got {found[:12]}: run prepare again"
            )
        return table

    def head(self, name: str, rows: int) -> pd.DataFrame:
        """The first rows of a part, the target last; unchecked, and without reading the others."""
        with pq.ParquetFile(self.folder / f"{name}.parquet") as file:
            return next(file.iter_batches(rows)).to_pandas()
