"""How a table was asked to be read: what a person knows better than the reader."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Self

from reprise.errors import RepriseError, hidden
from reprise.predictor import Missing

AUTO, NONE = "auto", "none"
# The table itself, not the rows that SQL picks.
NO_QUERY = "none"


def as_query(text: str) -> str:
    """A query that can be kept as it is; RepriseError where it would let its reader in."""
    if hidden(text) != text:
        raise RepriseError(
            "query must hold no password or token, for runs keep it, got one in a URL in its text: "
            "join a table that has it"
        )
    return text


@dataclass(frozen=True)
class Header:
    """The line of a file that names its columns: None where it is found out, 0 where none does.

    Its text is what people give: `auto`, `none`, or the number of a line from 1.
    """

    line: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The header of a text; RepriseError for any other."""
        if text in (AUTO, NONE):
            return cls(None if text == AUTO else 0)
        if text.isdecimal() and int(text):
            return cls(int(text))
        raise RepriseError(
            f"header must be auto, none or the number of a line, got '{text}': "
            "give the line that names the columns, counted from 1"
        )

    def __str__(self) -> str:
        return {None: AUTO, 0: NONE}.get(self.line, str(self.line))

    @property
    def is_given(self) -> bool:
        """Whether somebody has said where it is."""
        return self.line is not None


@dataclass(frozen=True)
class Columns:
    """Names of columns; their text is `none`, or the names as a line of a CSV has them."""

    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The columns in a comma-separated list, quoted as in a CSV where a name has commas."""
        if text.strip() == NONE:
            return cls()
        names = next(csv.reader([text], skipinitialspace=True), [])
        return cls(tuple(dict.fromkeys(name.strip() for name in names if name.strip())))

    def __str__(self) -> str:
        return _line(self.names) if self.names else NONE


@dataclass(frozen=True)
class ReadOptions:
    """What `header`, `missing`, `drop` and `query` say of a table."""

    header: Header = field(default_factory=Header)
    missing: Missing = field(default_factory=Missing)
    drop: Columns = field(default_factory=Columns)
    query: str = NO_QUERY

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """The options that `given` has spelled; RepriseError for what none is."""
        found = cls()
        return cls(
            Header.parse(texts.get("header", str(found.header))),
            parse_missing(texts.get("missing", str(found.missing))),
            Columns.parse(texts.get("drop", str(found.drop))),
            texts.get("query", found.query),
        )

    def given(self) -> dict[str, str]:
        """What was not left to the reader, as people spell it."""
        texts = {each.name: str(getattr(self, each.name)) for each in fields(self)}
        usual = {each.name: str(getattr(AS_IT_IS, each.name)) for each in fields(self)}
        return {name: text for name, text in texts.items() if text != usual[name]}

    def told(self) -> dict[str, str]:
        """What holds for the whole file because somebody asked for it, in words."""
        if self.missing == Missing():
            return {}
        words = ["the usual words"] if self.missing.words else []
        given = [*words, *(f"'{marker}'" for marker in self.missing.markers)]
        return {"missing": f"empty fields{' and ' if given else ''}{', '.join(given)}, as asked"}


AS_IT_IS = ReadOptions()


def parse_missing(text: str) -> Missing:
    """What stands for a missing value; RepriseError for a text that names nothing."""
    try:
        return Missing.parse(text)
    except ValueError as rule:
        raise RepriseError(
            f"missing must be {rule}, got '{text}': auto,-999 adds -999 to the usual words"
        ) from None


def _line(fields: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(fields)
    return text.getvalue()
