"""Dates in one form: strptime's, with months by name in other languages, quarters and weeks."""

import re
from collections.abc import Callable

import pandas as pd

# How months are called beside English: in German, French, Spanish, Italian, Dutch, Portuguese.
_MONTHS = (
    "jan jän januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "feb februar février févr fév febrero febbraio februari fevereiro fev",
    "mär mrz märz mars marzo mar maart mrt março",
    "apr april avril avr abril abr aprile",
    "mai mayo may maggio mag mei maio",
    "jun juni juin junio giugno giu junho",
    "jul juli juillet juil julio luglio lug julho",
    "aug august août aoû agosto ago augustus",
    "sep sept september septembre septiembre settembre set setembro",
    "okt oct oktober octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dez dezember déc décembre dic diciembre dicembre dezembro dec december",
)
MONTHS = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}
_WORD = re.compile(r"[^\W\d_]{3,}")
_QUARTER = re.compile(r"(?<=q)[1-4](?!\d)|(?<!\d)[1-4](?=q)", re.IGNORECASE)


def dates_of(values: pd.Series, form: str) -> pd.Series:
    """Dates in UTC of values of this form; NaT for what is none. Dates as such stay.

    Beyond strptime's signs, %N is a month's name in one of several languages, %q the number of a
    quarter beside a Q (its first day is meant); a week without a day means its Monday.
    """
    if "%N" in form:
        values, form = _each(values, _month_numbers), form.replace("%N", "%m")
    if "%q" in form:
        values, form = _each(values, _first_months), form.replace("%q", "%m")
    if "%V" in form and "%u" not in form:
        values, form = _each(values, "{} 1".format), f"{form} %u"
    return pd.to_datetime(values, errors="coerce", utc=True, format=form)


def _each(values: pd.Series, change: Callable[[str], str]) -> pd.Series:
    changed = [change(each) if isinstance(each, str) else each for each in values]
    return pd.Series(changed, index=values.index, name=values.name, dtype="object")


def _month_numbers(text: str) -> str:
    def number(word: re.Match[str]) -> str:
        month = MONTHS.get(word[0].lower())
        return word[0] if month is None else f"{month:02}"

    return _WORD.sub(number, text)


def _first_months(text: str) -> str:
    return _QUARTER.sub(lambda quarter: f"{3 * int(quarter[0]) - 2:02}", text)
