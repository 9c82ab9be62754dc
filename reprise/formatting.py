"""Numbers and names as people write them, and texts as commands and Python spell them."""

import json
import math
import re
import shlex
from collections.abc import Sequence

_METRICS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "log_loss": "log loss",
    "roc_auc": "ROC AUC",
    "f1": "F1",
}
SHOWN = 5
# All control characters but ends of lines and tabs, and those that change the direction of text.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def number(value: float | None) -> str:
    """Four significant digits, thousands apart, no exponent unless it is very small or large."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 1e12 or 0 < size < 1e-5:
        return f"{value:.3g}".replace("-", "−", 1) if value < 0 else f"{value:.3g}"
    if size >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    digits = 0 if not size else max(0, 3 - math.floor(math.log10(size)))
    shown = f"{value:.{digits}f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown).replace("-", "−")


def count(value: float) -> str:
    """A whole number, thousands apart."""
    return f"{value:,.0f}"


def share(value: float) -> str:
    """A share as a percentage: 12%, 0.4%, <0.1%, 0%."""
    percent = 100 * value
    if 0 < percent < 0.1:
        return "<0.1%"
    return f"{percent:.0f}%" if percent == 0 or percent >= 10 else f"{percent:.2g}%"


def duration(seconds: float) -> str:
    """0.4 s, 38 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def size(bytes_: float) -> str:
    """A number of bytes: 512 B, 3.4 kB, 12 MB."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if bytes_ >= factor:
            return f"{bytes_ / factor:.3g} {unit}"
    return f"{bytes_:.0f} B"


def metric(name: str) -> str:
    """A metric as the field writes it."""
    return _METRICS.get(name, name.replace("_", " "))


def listed(phrases: Sequence[str], most: int = SHOWN, separator: str = ", ") -> str:
    """The first few of many, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(phrases) - most} more" if len(phrases) > most else ""
    return separator.join(phrases[:most]) + more


def visible(text: str) -> str:
    """The text, characters that a terminal would obey spelled: ESC as \\x1b, and what turns it."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shell(value: str) -> str:
    """A text as one word of a bash command, in one line and without HTML."""
    if value.isprintable() and "<" not in value:
        return shlex.quote(value)
    spelled = json.dumps(value, ensure_ascii=False)[1:-1].replace("'", "\\'")
    return f"$'{_without_html(spelled)}'"


def python(value: object) -> str:
    """Texts, numbers, None, and lists and dicts of these as Python spells them, without HTML."""
    return _without_html(repr(value))


def compact_json(value: object) -> str:
    """The same as JSON."""
    return _without_html(json.dumps(value))


def _without_html(spelled: str) -> str:
    return spelled.replace("<", "\\u003c")
