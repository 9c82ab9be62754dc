"""Numbers as people write them: $1,200.50, 8.90%, (35), 36 months, 56.7M, 1.234,5."""

import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Self

MULTIPLES = {"k": 3, "m": 6, "mn": 6, "mio": 6, "b": 9, "bn": 9, "mrd": 9, "t": 12, "tn": 12}
# Spaces that separate thousands, and the signs that word processors put for - and '.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200e\u200f\ufeff"))
_SAME = _UNSEEN | str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"}
)


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of one column are spelled.

    `decimal` and `thousands` are the marks within a number ("" for none); `affixes` stand before or
    after it and mean nothing for its value ("$", "%", "months"); with `multiples`, K, M and B after
    it stand for 1e3, 1e6, 1e9; `missing` are the fields that stand for no value.
    """

    decimal: str = "."
    thousands: str = ""
    affixes: tuple[str, ...] = ()
    multiples: bool = False
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    @cache
    def parse(cls, text: str) -> Self:
        """The form that `str` spells."""
        values: dict[str, Any] = json.loads(text)
        values |= {name: tuple(values[name]) for name in ("affixes", "missing")}
        return cls(**values)

    def number(self, text: str) -> float | None:
        """The number that a field spells; None where it is none of this form."""
        found = _pattern(self).fullmatch(tidy(text))
        if found is None or bool(found["open"]) != bool(found["close"]):
            return None
        signs = found["before"] + found["after"] + found["behind"]
        if len(signs) + bool(found["open"]) > 1:
            return None
        digits = found["digits"].replace(self.thousands, "") if self.thousands else found["digits"]
        digits = digits.replace(self.decimal, ".")
        power = int(found["power"] or 0) + MULTIPLES.get((found["multiple"] or "").lower(), 0)
        value = float(f"{digits}e{power}")
        return -value if "-" in signs or found["open"] else value


def tidy(text: str) -> str:
    """A field with one sign for each of space, minus and apostrophe, none around it."""
    return text.translate(_SAME).strip()


@cache
def _pattern(form: NumberForm) -> re.Pattern[str]:
    affixes = "|".join(re.escape(each) for each in sorted(form.affixes, key=len, reverse=True))
    multiples = "|".join(sorted(MULTIPLES, key=len, reverse=True)) if form.multiples else "(?!)"
    mark, point = re.escape(form.thousands), re.escape(form.decimal)
    whole = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+|\d+" if form.thousands else r"\d+"
    if form.thousands == ",":  # as in India: 12,34,567
        whole = rf"[1-9]\d?(?:,\d\d)+,\d{{3}}|{whole}"
    affix = f"(?:{affixes})?" if affixes else ""
    return re.compile(
        rf"{affix}\s*(?P<open>\()?\s*(?P<before>[-+]?)\s*{affix}\s*(?P<after>[-+]?)\s*"
        rf"(?P<digits>(?:{whole})(?:{point}\d*)?|{point}\d+)(?:e(?P<power>[-+]?\d+))?"
        rf"\s*(?P<multiple>{multiples})?\s*(?P<behind>-?)\s*{affix}\s*(?P<close>\))?",
        re.IGNORECASE,
    )
