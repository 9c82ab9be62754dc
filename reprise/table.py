"""The prepared table: stored as an artifact by `prepare`, read back part by part."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from reprise.errors import RepriseError
from reprise.lineage.digests import digest_json, digest_table
from reprise.schema import Schema

ARTIFACT = "table"
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

    def _blocks(self, part: str) -> np.ndarray | None:
        if self.schema.split["rule"] == "random":
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
