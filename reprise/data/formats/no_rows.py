"""Records of a text that are no rows: totals, notes, lines that are drawn."""

import re

from reprise.data.formats.field_kinds import Record, field_kind

_TOTAL = re.compile(
    r"(grand |sub)?(total|totals|sum|summe|gesamt|somme|totale|итого)\W*"
    r"|(average|mean|avg|durchschnitt|mittelwert|moyenne|promedio)\W*",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-=_+:|]{2,}")
_NOTE = re.compile(r"(sources?|notes?|quellen?|anmerkung|fuente|nota|fonte)\b.*:|[*†©¹]", re.I)


def is_rule(record: Record) -> bool:
    """Whether a record is a line that is drawn between rows: ---+---."""
    fields = [field.strip() for field in record if field.strip()]
    return bool(fields) and all(_RULE.fullmatch(field) for field in fields)


def is_total(record: Record, width: int) -> bool:
    """Whether a record adds up those above it."""
    words = [field.strip() for field in record if field.strip()]
    return width > 1 and bool(words) and bool(_TOTAL.fullmatch(words[0])) and len(words) < width


def is_note(record: Record, width: int) -> bool:
    """Whether a record is a sentence in a line of its own, where rows have several fields.

    Spreadsheets give it as many delimiters as a row has: there its first word tells.
    """
    if width < 2 or not record or field_kind(record[0]) != "text":
        return False
    first = record[0].strip()
    if any(record[1:]):  # a sentence with delimiters in it
        return not any(record[width - 1 :]) and bool(_NOTE.match(first)) and ":" in first
    return len(record) == 1 or bool(_NOTE.match(first))
