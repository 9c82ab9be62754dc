"""A raw table, its schema and its prepared form."""

from reprise.data.formats.stored_table import RawTable
from reprise.data.preparation import prepare
from reprise.data.prepared_table import PreparedTable
from reprise.data.split import split_rows
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.data.target import plain_target
from reprise.predictor import plain_features

RANDOM = SplitOptions(Split(), 0.2, 0.2, 42)


def by(rule):
    return SplitOptions(Split.parse(rule), 0.2, 0.2, 42)


def schema_of(raw, target="price", task="auto", split=RANDOM):
    return prepare(RawTable.of(raw), "test", target, task, split).schema


def prepared(raw, tmp_path, target="price", split=RANDOM):
    made = prepare(RawTable.of(raw), "test", target, "auto", split)
    write_table(tmp_path / "table", made)
    return PreparedTable(tmp_path / "table", "runs:/x/table"), made.schema


def all_at_once(raw, target, split, schema):
    """The parts as pandas makes them of a table in memory."""
    y, task, _ = plain_target(raw[target], "auto")
    name = split.split.column
    by = None if name is None else raw[name].loc[y.index]
    rows = split_rows(by, y, split, stratify=task == "classification")
    X = plain_features(raw.loc[y.index], schema.kinds)
    return {part: (X.iloc[at], y.iloc[at]) for part, at in rows.items()}
