"""Texts from anywhere in Markdown: shown as they are, never as Markdown or HTML."""

import re
from collections.abc import Iterable, Sequence

_MARKS = "\\*_[]{}()`#~!"
# As entities, because renderers differ in what a backslash does to these.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}
# What ends a code span, or a cell of a table that it stands in, or is HTML to some.
_NO_CODE = re.compile(r"[`|\\<>&]")
# What begins a list or underlines a heading where it begins a line.
_BEGINS = re.compile(r"^(\d*)([-+=](?=[-+=\s]|$)|(?<=\d)[.)](?=\s|$))")


def code(value: object) -> str:
    """`value` as code where it can be, else as text; in a table of Markdown too."""
    text = " ".join(str(value).split())
    return f"`{text}`" if text and not _NO_CODE.search(text) else plain(text)


def plain(value: object) -> str:
    """`value` without what Markdown or HTML would make of it."""
    text = " ".join(str(value).split())
    for character in _MARKS:
        text = text.replace(character, f"\\{character}")
    for character, entity in _ENTITIES.items():
        text = text.replace(character, entity)
    return _BEGINS.sub(r"\1\\\2", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
