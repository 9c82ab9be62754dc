"""What is said of columns whose values were changed."""

from pathlib import Path

import pytest

from reprise.data.code_labels import with_code_labels
from reprise.data.preparation import prepare
from reprise.data.raw_table import open_table
from reprise.data.schema import Schema
from reprise.errors import RepriseError
from tests.tables import RANDOM


def schema(header: str, rows: list[str], target: str = "y") -> Schema:
    Path("table.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    raw = with_code_labels(open_table("table.csv"), target)
    return prepare(raw, "table.csv", target, "auto", RANDOM).schema


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


def test_words_that_stand_for_missing_among_numbers_and_dates_are_counted():
    days = ["NA", *("unknown" if n % 4 == 0 else f"2024-01-{n % 28 + 1:02}" for n in range(2, 31))]
    rows = [
        f"{'NA' if n % 3 else n},{'null' if n % 5 == 0 else n / 7},{day},{n / 8}"
        for n, day in enumerate(days, 1)
    ]
    found = schema("whole,fraction,when,y", rows)
    assert found.read_as == {
        "whole": "'NA' taken for missing in 20 rows",
        "fraction": "'null' taken for missing in 6 rows",
        "when": "'unknown' taken for missing in 7 rows; 'NA' taken for missing in 1 rows",
    }
    assert found.reading["missing"] == {"NA": 21, "null": 6, "unknown": 7}
    assert [found.columns[name].role for name in ("whole", "fraction", "when")] == [
        *("number", "number", "date")
    ]
    assert found.missing == {"whole": 20, "fraction": 6, "when": 8, "y": 0}


@pytest.mark.parametrize("zone", ["EST", "CET", "Europe/Berlin"])
def test_dates_in_a_zone_that_has_only_a_name_stay_text_and_that_is_said(zone):
    rows = [f"2024-01-{n:02} 10:00:00 {zone},{n / 8}" for n in range(1, 29)]
    found = schema("when,y", rows)
    assert found.columns["when"].kind == "text"
    assert found.read_as["when"] == (
        f"text, for '{zone}' names a time zone, and names have several meanings: write its "
        "distance from UTC (-05:00)"
    )


def test_a_day_that_does_not_exist_is_named_where_it_keeps_a_column_from_being_dates():
    rows = [f"2024-02-{n:02},{n / 8}" for n in range(1, 31)]
    found = schema("when,y", rows)
    assert found.columns["when"].kind == "text"
    assert found.read_as["when"] == (
        "text, for '2024-02-30' is no date, in 1 rows: missing=auto,2024-02-30 takes it for missing"
    )


def test_what_accountants_write_for_nothing_is_missing_and_said():
    rows = [f"{'$ -' if n == 3 else f'$ {n}.50'},{n / 8}" for n in range(1, 30)]
    found = schema("price,y", rows)
    assert found.columns["price"].role == "number"
    assert found.read_as["price"] == "numbers, '$ 1.50' is 1.5; '$ -' taken for missing in 1 rows"


def test_other_words_behind_a_text_are_no_zones():
    rows = [f"Main Street {n} NY,2024-01-{n:02} 10:00:00 UTC,{n / 8}" for n in range(1, 29)]
    found = schema("where,when,y", rows)
    assert found.read_as == {}
    assert found.columns["when"].role == "date"


def test_infinite_numbers_are_said_and_counted():
    rows = [f"{('inf', n, n, '-Infinity')[n % 4]},{'inf' if n == 5 else n / 8}" for n in range(40)]
    found = schema("a,y", rows)
    said = "'-inf' taken for missing in 10 rows, 'inf' taken for missing in 10 rows"
    assert sorted(found.read_as["a"].split(", ")) == said.split(", ")
    assert found.reading["missing"] == {"-inf": 10, "inf": 11}
    assert found.dropped_rows == {"target is infinite": 1}


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (
            ["refused"],
            "text, for 'refused' is no number, in 4 rows: "
            "missing=auto,refused takes it for missing",
        ),
        (
            ["low", "high"],
            "text, for 'high' and 1 more are no numbers, in 4 rows: "
            "missing=auto,high takes the first for missing",
        ),
    ],
)
def test_words_that_keep_numbers_from_being_some_are_named(odd, said):
    rows = [f"{odd[n // 10 % len(odd)] if n % 10 == 0 else n * 3},{n / 8}" for n in range(1, 41)]
    found = schema("a,y", rows)
    assert found.columns["a"].plain_kind == "text"
    assert found.read_as["a"] == said


@pytest.mark.parametrize("word", ["0123", "A1"])
def test_codes_are_no_numbers_that_lack_something(word):
    rows = [f"{word if n % 3 == 0 else 100 + n},{n / 8}" for n in range(40)]
    assert schema("a,y", rows).read_as == {}


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


def test_a_class_that_is_called_na_among_codes_is_one_and_that_is_said():
    found = schema("a,y", [f"{n},{('NA', 'AS', 'EU')[n % 3]}" for n in range(30)])
    assert found.classes == {"AS": 10, "EU": 10, "NA": 10}
    assert found.target_kind == "text|missing=none"
    assert found.decisions["column 'y'"] == (
        "'NA' kept as a class, a code like the others, in 10 rows: "
        "missing=auto,NA takes it for missing"
    )
    assert (found.missing["y"], found.reading["missing"]) == (0, {})


@pytest.mark.parametrize("labels", [["NA", "Asia", "Europe"], ["NA", "AS", "AS"], ["NA", "AS", ""]])
def test_other_labels_called_na_are_missing_and_said(labels):
    rows = [f"{n},{(*labels, 'EU' if '' in labels else labels[-1])[n % 4]}" for n in range(40)]
    if len(set(labels)) < 3:
        with pytest.raises(RepriseError, match="'NA' taken for missing in 10 rows: missing=none"):
            schema("a,y", rows)
        return
    found = schema("a,y", rows)
    assert found.read_as["y"] == "'NA' taken for missing in 10 rows: missing=none keeps it"
    assert "NA" not in found.classes


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
