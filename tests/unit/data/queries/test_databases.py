"""Databases as data: what their address may hold, and which rows a run has read."""

import sqlite3
from contextlib import closing

import pytest

from reprise.data.inputs import Inputs, known_inputs, look_up
from reprise.data.queries.databases import reading_of
from reprise.data.sources import check_source, is_database
from reprise.errors import RepriseError


@pytest.mark.parametrize(
    "data",
    [
        "postgresql://me:hidden-word@host/db",
        "postgresql://me@host/db",
        "postgres://host/db?password=hidden-word",
        "postgresql:///db?host=host&user=me",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(data):
    with pytest.raises(RepriseError, match=r"PGUSER and PGPASSWORD, ~/\.pgpass") as refused:
        check_source(data)
    assert "hidden-word" not in str(refused.value)
    with pytest.raises(RepriseError, match="PGPASSWORD"):
        look_up(data, "select 1")


@pytest.mark.parametrize(
    ("data", "known"),
    [
        ("postgresql:///?service=shop", True),
        ("postgres://host/db", True),
        ("sqlite:////data/x.db", True),
        ("s3://bucket/x.csv", False),
        ("sqlite.csv", False),
    ],
)
def test_databases_are_known_by_their_scheme(data, known):
    assert is_database(data) is known


@pytest.mark.parametrize(
    ("query", "ordered"),
    [
        ("select * from t ORDER\n BY a", True),
        ("select 'order by' from t -- order by a", False),
        ('select "order by" from t /* order by a */', False),
    ],
)
def test_an_order_is_one_of_the_query_not_of_a_text_in_it(query, ordered):
    assert ("order of rows" in reading_of(query)) is not ordered


def test_rows_are_read_once_and_handed_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("x.db")) as connection:
        connection.execute("create table t as select 1 as a")
        connection.commit()
        data, query = "sqlite:///x.db", "select a from t order by a"
        assert known_inputs(data, query) is None
        first = look_up(data, query)
        connection.execute("insert into t values (2)")
        connection.commit()
    assert look_up(data, query) == known_inputs(data, query) == first
    assert Inputs.of_json(first.to_json()) == first
    assert look_up(data, f"{query} ").digest != first.digest  # as another process would read them
