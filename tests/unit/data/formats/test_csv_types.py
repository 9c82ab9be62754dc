"""What the fields of a CSV mean."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas._libs.parsers import STR_NA_VALUES

from reprise.data.formats.csv_types import MISSING, present_fields, read_column
from reprise.data.number_spelling import USUAL


def column_of(*blocks, decimal="."):
    """The column that blocks of fields spell, None a missing one."""
    arrays = [pa.array(block, pa.string()) for block in blocks]
    return read_column("c", lambda: iter(arrays), decimal)


def pandas_reads(fields):
    lines = "".join(f'"{field}",x\n' for field in fields)
    return pd.read_csv(io.StringIO(f"c,d\n{lines}"))["c"]


def test_missing_values_are_spelt_as_pandas_has_them():
    assert set(MISSING) == set(STR_NA_VALUES)


@pytest.mark.parametrize(
    "fields",
    [
        ["1", "-2", "0"],
        ["+4", " 5", "6 ", "\t7"],
        ["9223372036854775807", "-9223372036854775808"],
        ["18446744073709551615", "1"],
        ["1.5", "2"],
        [" 1.5", "+2.5 ", "3"],
        ["1.", ".5", "-.5", "1e5", "1E-5", "+1e+5"],
        ["inf", "-inf", "+Infinity", "INF", "1"],
        ["1e400", "1e-400"],
        ["0.1", "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308"],
        ["True", "false", "TRUE", "tRUE"],
        ["1.5", "x"],
        ["1", "True"],
        ["true", "1"],
        ["true ", "false"],
        ["0x1F", "1"],
        ["0X1f"],
        ["NAN", "1.5"],
        ["-NAN", "nAn"],
        ["1_000"],
        ["1,5"],
        ["-", "+", "."],
        ["1e", "1.2.3", "- 1", "--1", "+-1", "++1"],
        ["１", "1\xa0"],
        ["t", "yes"],
        ["2020-01-01", "x"],
        ["  ", "1"],
        ["ünï", " x "],
    ],
)
@pytest.mark.parametrize("border", [0, 1])
def test_a_column_is_what_pandas_makes_of_it(fields, border):
    expected = pandas_reads(fields)
    pd.testing.assert_series_equal(column_of(fields[:border], fields[border:]), expected)


@pytest.mark.parametrize(
    ("early", "late", "dtype"),
    [
        (["1", "2"], ["2.5"], "float64"),
        (["1", "2"], ["x"], "str"),
        (["1.5", "2"], ["x"], "str"),
        (["1.5"], ["2", "3"], "float64"),
        (["1."], ["2."], "float64"),
        (["1"], ["18446744073709551615"], "uint64"),
        (["-1"], ["18446744073709551615"], "float64"),
        (["1"], ["99999999999999999999"], "float64"),
        (["True"], ["maybe"], "str"),
        (["True"], ["1"], "str"),
        (["True"], [None, "False"], "boolean"),
        ([None, None], ["1"], "float64"),
        ([None, None], ["True"], "boolean"),
        ([None, None], ["x"], "str"),
        ([None], [None], "float64"),
        (["1"] * 1000, ["1"] * 999 + ["x"], "str"),
        (["1"] * 1000, ["1"] * 999 + [" 1.5"], "float64"),
    ],
)
def test_a_late_field_may_change_the_type_of_the_column(early, late, dtype):
    column = column_of(early, late)
    assert str(column.dtype) == dtype
    together = column_of([*early, *late])
    pd.testing.assert_series_equal(column, together)
    if dtype == "str":
        assert [None if pd.isna(value) else value for value in column] == [*early, *late]


@pytest.mark.parametrize("size", [1, 3, 64, 65, 1000])
def test_the_size_of_blocks_leaves_no_trace(size):
    fields = [str(n) if n % 7 else None for n in range(500)] + ["0.25", " 3", "+1e3"]
    blocks = [fields[at : at + size] for at in range(0, len(fields), size)]
    pd.testing.assert_series_equal(column_of(*blocks), column_of(fields))


def test_numbers_are_the_nearest_doubles():
    values = np.random.default_rng(0).normal(0, 1, 5000) * 10.0 ** np.arange(-250, 250).repeat(10)
    assert column_of([repr(float(value)) for value in values]).tolist() == values.tolist()


def test_whole_numbers_too_long_for_64_bits_are_numbers_also_beside_gaps():
    column = column_of(["99999999999999999999", None])
    assert column.isna().tolist() == [False, True]
    assert column[0] == 1e20


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["1,5", "-0,25", "3"], [1.5, -0.25, 3.0]),
        (["1", "2"], [1, 2]),
        (["1.5", "2"], ["1.5", "2"]),
        (["1,5,5", "2"], ["1,5,5", "2"]),
        (["1.000,5"], ["1.000,5"]),
    ],
)
def test_with_a_decimal_comma_points_are_no_part_of_numbers(fields, expected):
    assert column_of(fields, decimal=",").tolist() == expected


def test_texts_keep_every_character():
    fields = ["a\nb", '"', "", " x", "ünï", "a\0b"]
    assert column_of(fields).tolist() == fields


@pytest.mark.parametrize("fields", [["007", "12"], ["12", "00501"], ["1.5", "00"], ["-3", " 07"]])
@pytest.mark.parametrize("border", [0, 1])
def test_leading_zeros_make_a_code_and_stay(fields, border):
    assert list(column_of(fields[:border], fields[border:])) == fields


@pytest.mark.parametrize("fields", [["0", "12"], ["0.5", "-0.25"], ["0", "0.0"], ["01.5", "2"]])
def test_a_zero_alone_or_before_a_point_is_a_number(fields):
    assert pd.api.types.is_numeric_dtype(column_of(fields).dtype)


@pytest.mark.parametrize("numbers", [[2**53 + 1, 2**53 + 3], [-(2**63), 5], [2**64 - 1, 1]])
def test_whole_numbers_keep_every_digit_also_beside_gaps(numbers):
    column = column_of([*map(str, numbers), None])
    assert column.dropna().tolist() == numbers
    assert column.isna().tolist() == [False, False, True]


def test_every_word_for_a_missing_value_has_a_letter_by_which_it_is_found():
    for word in filter(None, MISSING):
        fields = pa.array(["1", word, "2"])
        assert present_fields(fields, USUAL).to_pylist() == ["1", None, "2"], word
        assert present_fields(pa.array(["-", "n", word]).slice(2), USUAL).to_pylist() == [None]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_words_are_looked_for_only_in_the_fields_of_a_slice(kind):
    fields = pa.array(["NA", "", None, "1", "nan"], kind).slice(1, 3)
    assert present_fields(fields, USUAL).to_pylist() == [None, None, "1"]
    assert present_fields(fields.slice(0, 0), USUAL).to_pylist() == []
