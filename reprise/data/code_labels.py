"""A class called NA among classes that are codes: North America beside AS and EU."""

from dataclasses import replace

import pandas as pd

from reprise.data.formats.stored_table import RawTable
from reprise.data.number_spelling import USUAL

_CODE = "NA"  # the one word for a missing value that looks like a code


def with_code_labels(raw: RawTable, target: str) -> RawTable:
    """The table, in which NA is a label where the other labels of its target are codes like it.

    It is where these, two at least, are of two capitals, and no label is empty: else, and in any
    other column, it stands for a missing value unless somebody asks for it.
    """
    if target not in raw.columns or raw.asked.missing != USUAL:
        return raw
    labels = raw.read(target)
    words = raw.words(target)
    count = words.get(_CODE, 0)
    if not count or labels.isna().sum() != count or not _are_codes(labels):
        return raw

    def read(name: str) -> pd.Series:
        return raw.read(name).fillna(_CODE) if name == target else raw.read(name)

    remedy = f"missing={USUAL.also(_CODE)} takes it for missing"
    said = f"'{_CODE}' kept as a class, a code like the others, in {count} rows: {remedy}"
    return replace(
        raw,
        read=read,
        words=lambda name: {} if name == target else raw.words(name),
        reading=raw.reading | {f"column '{target}'": said},
    )


def _are_codes(labels: pd.Series) -> bool:
    if not isinstance(labels.dtype, pd.StringDtype):
        return False
    different = pd.Series(labels.dropna().unique(), dtype="str")
    return len(different) > 1 and bool(different.str.fullmatch("[A-Z]{2}").all())
