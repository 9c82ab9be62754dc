"""What is said of columns whose values were changed."""

from pathlib import Path

import pytest

from reprise.data.preparation import prepare
from reprise.data.raw_table import open_table
from reprise.data.schema import Schema
from reprise.errors import RepriseError
from tests.tables import RANDOM


def schema(header: str, rows: list[str], target: str = "y") -> Schema:
    Path("table.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return prepare(open_table("table.csv"), "table.csv", target, "auto", RANDOM).schema


def test_every_column_that_is_not_what_it_looks_like_is_told():
    rows = [
        f'"${n},{n:03}",{"?" if n == 3 else n},{-999 if n % 9 == 0 else n / 50},{n % 7},{n / 8}'
        for n in range(1, 40)
    ]
    found = schema("price,age,size,plain,y", rows)
    assert found.columns["price"].role == found.columns["age"].role == "number"
    assert found.read_as == {
        "price": "numbers, '$1,001' is 1001",
        "age": "'?' taken for missing in 1 rows",
        "size": "-999 stands apart in 4 rows: kept as a number; "
        "missing=auto,-999 takes it for missing",
    }
    assert found.missing["age"] == 1
    assert Schema.from_json(found.to_json()) == found


def test_words_that_stand_for_missing_in_text_are_counted():
    found = schema("kind,y", [f"{('NA', 'AS', 'EU')[n % 3]},{n / 8}" for n in range(30)])
    assert found.read_as == {"kind": "'NA' taken for missing in 10 rows: missing=none keeps it"}
    assert found.missing["kind"] == 10


def test_a_target_of_money_is_measured():
    found = schema("a,y", [f'{n},"{n},{n:03}.50 €"' for n in range(1, 40)])
    assert (found.task, found.target_type) == ("regression", "float64")
    assert found.target_kind.startswith("number:")
    assert found.read_as["y"] == "numbers, '1,001.50 €' is 1001.5"


def test_few_whole_numbers_with_a_unit_are_classes():
    found = schema("a,y", [f"{n},{n % 3 + 1} stars" for n in range(30)])
    assert found.task == "classification"
    assert set(found.classes) == {"1 stars", "2 stars", "3 stars"}


def test_one_class_beside_a_word_for_missing_says_so():
    rows = [f"{n},{('None', 'Mild')[n % 2]}" for n in range(30)]
    with pytest.raises(
        RepriseError, match="'None' taken for missing in 15 rows: missing=none keeps it"
    ):
        schema("a,y", rows)


def test_what_dates_and_words_are_taken_for_is_told():
    rows = [
        f"{n % 9 + 1:02}/{n % 5 + 1:02}/2024,13.{n % 9 + 1:02}.18,2024-01-{n % 28 + 1:02},"
        f"{('yes', 'No')[n % 2]},{n / 8}"
        for n in range(30)
    ]
    found = schema("doubtful,short,plain,paid,y", rows)
    assert found.read_as == {
        "doubtful": "dates, '01/01/2024' is 2024-01-01: months and days cannot be told apart",
        "short": "dates, '13.01.18' is 2018-01-13",
        "paid": "true or false, 'yes' is true",
    }
    assert found.columns["paid"].role == "boolean"
