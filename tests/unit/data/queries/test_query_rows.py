"""Rows of a query on disk: their types are those of a table, their digest is of what they say."""

import decimal
import uuid

import pyarrow as pa
import pytest

from reprise.data.queries.query_rows import as_table, digest_rows, rows_of, write_rows
from reprise.errors import RepriseError

NUMERIC = pa.opaque(pa.string(), "numeric", "PostgreSQL")


def written(**columns: pa.Array) -> pa.Table:
    batch = pa.record_batch(columns)
    return pa.Table.from_batches(list(rows_of(write_rows(batch.schema, [batch]))))


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", None, "9007199254740993"], pa.int64()),
        (["1", "18446744073709551615"], pa.uint64()),
        (["1", "-18446744073709551615"], pa.float64()),
        (["1.00", "2.50"], pa.float64()),
        (["nan", "1"], pa.float64()),
        ([None, None], pa.int64()),
    ],
)
def test_numbers_that_come_as_text_have_the_narrowest_type_that_holds_them(texts, kind):
    values = pa.ExtensionArray.from_storage(NUMERIC, pa.array(texts, pa.string()))
    assert written(n=values).schema.field("n").type == kind


def test_whole_numbers_keep_every_digit_or_are_refused():
    values = pa.array([decimal.Decimal(9007199254740993)], pa.decimal128(38, 0))
    assert written(n=values).column("n").to_pylist() == [9007199254740993]
    beyond = pa.array([decimal.Decimal(10**20)], pa.decimal128(38, 0))
    with pytest.raises(RepriseError, match="64 bits, got others in 'n'"):
        written(n=beyond)


def test_a_uuid_is_text():
    one = uuid.UUID(int=7)
    values = pa.array([one.bytes, None], pa.uuid())
    assert written(u=values).column("u").to_pylist() == [str(one), None]


def test_the_digest_is_of_the_rows_and_their_order_not_of_how_they_came():
    table = pa.table(
        {
            "a": [1, None, 3],
            "b": ["x", "yy", None],
            "c": [[1], None, [2, 3]],
            "d": pa.array([1, 2, None], pa.date32()),
        }
    )
    whole = digest_rows(write_rows(table.schema, table.to_batches()))
    parts = digest_rows(write_rows(table.schema, table.to_batches(max_chunksize=1)))
    other = digest_rows(write_rows(table.schema, table.take([1, 0, 2]).to_batches()))
    assert whole == parts
    assert whole != other


def test_two_columns_of_one_name_are_refused():
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(RepriseError, match="column names must differ, got 'a' 2 times"):
        write_rows(batch.schema, [batch])


def test_a_query_is_put_into_another_without_its_end():
    assert as_table("select 1 -- one;\n ; ") == "select * from (\nselect 1 -- one;\n \n) as picked"
