"""The contract that a train part suggests: an ordinary table of the same origin keeps to it."""

from collections.abc import Mapping

from reprise.data.contracts.chance import likely_share
from reprise.data.contracts.observed_column import Observed
from reprise.data.contracts.terms import Contract
from reprise.data.formats.stored_table import RawTable
from reprise.data.schema import Schema
from reprise.data.target import Target
from reprise.predictor import kind_of


def draft_contract(
    schema: Schema, seen: Mapping[str, Observed], raw: RawTable, aim: Target
) -> Contract:
    """The terms of each feature and of the target, as `seen` in the train part.

    That has no row without a target, or without a time where the split goes by one: how many of
    these there may be, the rows of the `raw` table tell.
    """
    target, by = schema.target, schema.divided.column
    shares = {
        name: likely_share(schema.missing[name], raw.rows)
        for name in (target, by)
        if name is not None and name in seen
    }
    columns = {
        name: seen[name].terms(column.kind, shares.get(name))
        for name, column in schema.columns.items()
    }
    is_class = schema.task == "classification"
    kind = aim.kind or raw.asked.missing.within(kind_of(aim.values) or "text")
    columns[target] = seen[target].terms(kind, shares[target], is_class)
    origin = {"table": schema.source, "rows": schema.rows["train"]}
    return Contract(columns, target, made_from=origin)
