"""Text that is dates throughout: the one form that fits all of it."""

import re
from functools import cache

import pandas as pd

from reprise.predictor import MONTHS, Missing, dates_of

_SAMPLE = 20
_MOSTLY = 0.8
_SIGNS = {
    "%Y": r"\d{4}",
    "%G": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%b": r"[a-z]{3}",
    "%B": r"[a-z]{3,9}",
    "%a": r"[a-z]{3}",
    "%A": r"[a-z]{6,9}",
    "%N": f"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})",
    "%V": r"\d{2}",
    "%u": r"[1-7]",
    "%q": r"[1-4]",
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%f": r"\d{1,9}",
    "%p": r"[ap]m",
    "%z": r"(?:z|[-+]\d{2}:?\d{2})",
    "%Z": r"(?:utc|gmt)",
}
_NAMED = (
    *("%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %b %y", "%d/%b/%Y", "%d/%b/%y", "%d.%b.%Y"),
    *("%d%b%Y", "%d%b%y", "%Y-%b-%d", "%Y %b %d", "%d %B %Y", "%d-%B-%Y", "%d. %B %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%b. %d, %Y"),
    *("%a, %d %b %Y", "%a %d %b %Y", "%a, %b %d, %Y", "%A, %d %B %Y", "%A, %B %d, %Y"),
    *("%d-%N-%y", "%d-%N-%Y", "%d %N %Y", "%d %N %y", "%d. %N %Y", "%d.%N.%Y", "%d de %N de %Y"),
)
_NUMBERED = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"),
    *("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%m-%d-%y", "%d-%m-%y", "%y/%m/%d", "%y-%m-%d"),
)
_TIMES = (
    *("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f"),
    *(" %I:%M %p", " %I:%M:%S %p", " %I:%M%p", ", %I:%M %p", ", %H:%M", ":%H:%M:%S", " %H.%M"),
    *(" %H:%M:%S%z", " %H:%M:%S %z", " %H:%M%z", "T%H:%M%z", "T%H:%M:%S%z", " %H:%M:%S %Z"),
    *(" %I.%M.%S.%f %p", ":%H:%M:%S %z"),
)
_PERIODS = (
    *("%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%b-%y", "%b %y", "%b-%Y", "%b %Y", "%B %Y", "%B-%Y"),
    *("%B, %Y", "%Y-%b", "%Y %b", "%Y %B", "%Ym%m", "%N %Y", "%N-%y", "%N %y", "%N. %Y", "%N. %y"),
    *("%G-W%V", "%GW%V", "%G W%V", "%G/W%V", "W%V %G", "W%V-%G", "W%V/%G", "%G-W%V-%u", "%GW%V%u"),
    *("%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y/Q%q", "%Y.Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "Q%q%Y"),
    *("%qQ%Y", "%qQ %Y", "%qQ%y", "Q%q %y", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y"),
)
# Dates with and without a time, and of several zones, are one form too.
ISO = "ISO8601"
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d([t ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(z|[-+]\d\d:?\d\d)?)?")
_ZONE = re.compile(r"(\s+[A-Z]{2,5}|\s*\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)(?=\s+\d{4}$|\)?$)")


def date_form(texts: pd.Series) -> str | None:
    """The form (see `dates_of`) of all of these different texts; None where there is none.

    Where months and days cannot be told apart, months are first, but for dates with points.
    """
    few = [text.lower() for text in texts.iloc[:_SAMPLE]]
    for form, pattern in _forms().items():
        if all(pattern.fullmatch(text) for text in few) and dates_of(texts, form).notna().all():
            return form
    return None


def other_order(form: str) -> str | None:
    """The form in which month and day change places; None where it cannot be."""
    for first, second in (("%m", "%d"), ("%d", "%m")):
        for mark in "/-.":
            if form.startswith(f"{first}{mark}{second}{mark}"):
                return f"{second}{mark}{first}{form[5:]}"
    return None


def zone_named(values: pd.Series) -> str:
    """In words: which name of a time zone keeps a column from being one of dates.

    Empty where none does. IST is a zone of India, Israel and Ireland, and EST of two continents; a
    place (Europe/Berlin) has one hour twice a year.
    """
    if not isinstance(values.dtype, pd.StringDtype):
        return ""
    different = pd.Series(values.dropna().unique(), dtype="str")
    zones = [_ZONE.search(text) for text in different.iloc[:_SAMPLE]]
    if not zones or zones[0] is None or None in zones:
        return ""
    if date_form(different.str.replace(_ZONE, "", regex=True)) is None:
        return ""
    return (
        f"text, for {zones[0][1].strip()!r} names a time zone, and names have several meanings: "
        "write its distance from UTC (-05:00)"
    )


def nearly_dates(values: pd.Series, missing: Missing) -> str:
    """In words: what keeps a column from being one of dates, where most of its values are."""
    if not isinstance(values.dtype, pd.StringDtype):
        return ""
    different = pd.Series(values.dropna().unique(), dtype="str")
    few = [text.lower() for text in different.iloc[:_SAMPLE]]
    if sum(any(sign.isdecimal() for sign in text) for text in few) < max(2, _MOSTLY * len(few)):
        return ""
    for form, pattern in _forms().items():
        if sum(pattern.fullmatch(text) is not None for text in few) < _MOSTLY * len(few):
            continue
        wrong = different[dates_of(different, form).isna()]
        if 0 < len(wrong) <= (1 - _MOSTLY) * len(different):
            first, more = str(wrong.iloc[0]), len(wrong) - 1
            which = f"{first!r} and {more} more are no dates" if more else f"{first!r} is no date"
            remedy = f"missing={missing.also(first)} takes {'the first' if more else 'it'}"
            rows = int(values.isin(wrong).sum())
            return f"text, for {which}, in {rows} rows: {remedy} for missing"
    return ""


@cache
def _forms() -> dict[str, re.Pattern[str]]:
    """Every form with a pattern of what it looks like, in lower case; the usual ones come first."""
    dated = [day + time for day in (*_NUMBERED, *_NAMED) for time in _TIMES]
    known = {form: re.compile(_looks(form)) for form in (*_PERIODS, *dated)}
    return {ISO: _ISO_DATE} | known


def _looks(form: str) -> str:
    parts = re.split(r"(%\w)", form)
    return "".join(_SIGNS.get(part) or re.escape(part.lower()) for part in parts)
