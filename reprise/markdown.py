"""Texts from anywhere in Markdown: shown as they are, never as Markdown or HTML."""

from collections.abc import Iterable, Sequence

_MARKS = "\\*_[]{}()|`#~!"
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def code(value: object) -> str:
    """`value` as it stands, in a table of Markdown too."""
    return f"`{' '.join(str(value).replace('`', chr(39)).split())}`".replace("|", "\\|")


def plain(value: object) -> str:
    """`value` without what Markdown or HTML would make of it."""
    text = " ".join(str(value).split())
    for character in _MARKS:
        text = text.replace(character, f"\\{character}")
    for character, entity in _HTML.items():
        text = text.replace(character, entity)
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
