"""The prepared table: made once from a raw one, stored as an artifact, read back part by part."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reprise.errors import RepriseError
from reprise.lineage.digests import digest_json, digest_table
from reprise.schema import (
    Schema,
    class_counts,
    feature_columns,
    find_column,
    plain_target,
)
from reprise.splitting import PARTS, check_fractions, parse_split, split_rows

ARTIFACT = "table"


@dataclass(frozen=True)
class Part:
    """Rows of one part: features X in their plain form, target y, aligned."""

    X: pd.DataFrame
    y: pd.Series


@dataclass(frozen=True)
class SplitOptions:
    """How `prepare` divides rows; the fractions are of all rows that have a target."""

    rule: str
    validation_fraction: float
    test_fraction: float
    seed: int


def prepare(
    raw: pd.DataFrame, source: str, target: str, task: str, split: SplitOptions
) -> tuple[Schema, dict[str, Part]]:
    """Turn a raw table into parts and the schema that describes them.

    Rows without a target are dropped and counted; so are rows without a time where `split` goes
    by time. The column that groups rows is no feature. Raises RepriseError for unusable input.
    """
    check_fractions(split.validation_fraction, split.test_fraction)
    kind, split_column = parse_split(split.rule)
    raw = raw.rename(columns=str)
    target = find_column(raw, target, "target")
    if split_column is not None:
        find_column(raw, split_column, "split's column")
    if split_column == target:
        raise RepriseError(
            f"split must not go by the target, got '{split.rule}': name another column"
        )
    y, chosen, reason = plain_target(raw, target, task)
    excluded = {target: "target"}
    if kind == "group" and split_column is not None:
        excluded[split_column] = "group"
    X, columns, dropped = feature_columns(raw.loc[y.index], excluded)
    rows = split_rows(
        raw.loc[y.index],
        y,
        split.rule,
        (split.validation_fraction, split.test_fraction),
        split.seed,
        stratify=chosen == "classification",
    )
    parts = {name: Part(X.iloc[rows[name]], y.iloc[rows[name]]) for name in PARTS}
    if kind == "group":
        dropped[split_column or ""] = {"reason": "groups rows, so it is no feature"}
    gone = {
        "target is missing": len(raw) - len(y),
        "time is missing": len(y) - sum(len(part.y) for part in parts.values()),
    }
    schema = Schema(
        target=target,
        target_type=str(y.dtype),
        task=chosen,
        task_reason=reason,
        columns=columns,
        missing={str(name): int(count) for name, count in raw.isna().sum().items()},
        dropped=dropped,
        dropped_rows={why: count for why, count in gone.items() if count},
        classes=class_counts(y) if chosen == "classification" else {},
        split={"rule": split.rule, "seed": split.seed},
        rows={name: len(part.y) for name, part in parts.items()},
        digests={name: digest_table(joined(part)) for name, part in parts.items()},
        source=source,
    )
    return schema, parts


def joined(part: Part) -> pd.DataFrame:
    """Features and target of a part as one table, the target last."""
    table = part.X.copy()
    table[part.y.name] = part.y
    return table


def digest_of(schema: Schema) -> str:
    """Digest of a prepared table: what its parts hold and how they are used, not where from."""
    used = [schema.target, schema.target_type, schema.task, list(schema.kinds.items())]
    return digest_json([used, schema.digests])


def write_table(folder: Path, schema: Schema, parts: dict[str, Part]) -> None:
    """Write the parts as Parquet and schema.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        joined(part).reset_index(drop=True).to_parquet(folder / f"{name}.parquet", index=False)
    text = json.dumps(schema.to_json(), indent=2, ensure_ascii=False)
    (folder / "schema.json").write_text(text + "\n", encoding="utf-8")


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
        return Part(table.drop(columns=self.schema.target), table[self.schema.target])
