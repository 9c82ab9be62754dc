"""Fields that stand for a missing value, as people name them: auto, none, or auto,-999."""

import csv
import io
import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

_AUTO, _NONE = "auto", "none"
_SIGN = "|missing="
_NUMBER = re.compile(r"([-+]?)0*(\d+|(?=\.))(?:\.(\d*?)0*)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Missing:
    """Which values of raw rows stand for none, beside empty fields.

    With `words`, the usual words (NA, null) do where a file spells its values; `markers` do in
    any column, as text or as the number that they spell. Its text is what people give.
    """

    words: bool = True
    markers: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `auto`, `none`, or markers separated by commas mean; ValueError for no marker."""
        given = [each.strip() for each in next(csv.reader([text], skipinitialspace=True), [])]
        markers = list(dict.fromkeys(each for each in given if each))
        if not markers:
            raise ValueError("auto, none or markers separated by commas")
        # Beside auto it is a marker: a word more.
        told = _AUTO if _AUTO in markers else _NONE
        return cls(told == _AUTO, tuple(each for each in markers if each != told))

    def __str__(self) -> str:
        given = [_AUTO] if self.words else []
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([*given, *self.markers] or [_NONE])
        return line.getvalue()

    def also(self, marker: str) -> "Missing":
        """The same with a marker more."""
        return Missing(self.words, (*self.markers, marker))

    @classmethod
    def of_kind(cls, kind: str) -> tuple[str, Self]:
        """A kind as it is without what `within` has added, and that."""
        plain, sign, text = kind.partition(_SIGN)
        return plain, cls.parse(text) if sign else cls()

    def within(self, kind: str) -> str:
        """The kind of a column in which these values are missing; one that says so stays."""
        return kind if self == Missing() or _SIGN in kind else f"{kind}{_SIGN}{self}"

    @cached_property
    def numbers(self) -> list[float]:
        """The markers that spell a number."""
        return [float(each) for each in self.markers if _NUMBER.fullmatch(each)]

    @cached_property
    def pattern(self) -> str:
        """A regular expression of the texts that are markers: -999 is also -999.00."""
        return rf"^\s*(?:{'|'.join(_pattern(each) for each in self.markers)})\s*$"

    def among(self, values: pd.Series) -> pd.Series:
        """Which values are markers, in a column of any type."""
        dtype = values.dtype
        nowhere = pd.Series(np.zeros(len(values), dtype="bool"), index=values.index)
        if not self.markers or pd.api.types.is_bool_dtype(dtype):
            return nowhere
        if pd.api.types.is_numeric_dtype(dtype):
            return values.isin(self.numbers)
        if pd.api.types.is_datetime64_any_dtype(dtype):
            days = pd.to_datetime(pd.Series(self.markers), errors="coerce", format="ISO8601")
            return values.dt.tz_localize(None).isin(days.dropna())
        if isinstance(dtype, pd.StringDtype):
            return values.str.match(self.pattern).fillna(False).astype("bool")
        if isinstance(dtype, pd.CategoricalDtype) or dtype == np.object_:
            return pd.Series([self._is(each) for each in values], index=values.index)
        return nowhere

    def taken_out(self, values: pd.Series) -> pd.Series:
        """The values, missing where they are markers."""
        found = self.among(values)
        return values.mask(found) if found.any() else values

    def counted(self, values: pd.Series) -> dict[str, int]:
        """How often each marker occurs among the values."""
        found = {each: int(Missing(False, (each,)).among(values).sum()) for each in self.markers}
        return {marker: count for marker, count in found.items() if count}

    def _is(self, value: object) -> bool:
        if isinstance(value, str):
            return re.match(self.pattern, value) is not None
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        return number and value in self.numbers


def _pattern(marker: str) -> str:
    match = _NUMBER.fullmatch(marker)
    if match is None or not math.isfinite(float(marker)) or "e" in marker.lower():
        return re.escape(marker)
    sign = "-" if match[1] == "-" else r"\+?"
    digits = match[3] or ""
    # With three digits behind it, a comma or point may mark thousands.
    more = rf"\.{digits}" if len(digits) > 2 else f"[.,]{digits}0{{0,{2 - len(digits)}}}"
    return f"{sign}0*{match[2]}{more if digits else f'(?:{more})?'}"
