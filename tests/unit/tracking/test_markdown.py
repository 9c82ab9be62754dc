"""Whatever a table holds is text in a note."""

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reprise.tracking.markdown import code, plain, table

NASTY = "<script>alert(1)</script> **bold** [a](http://x) | `code` <img src=x>"
TEXTS = [
    NASTY,
    "<img src=//evil>",
    "a\\|<img src=//evil>|",
    "`|<img src=//evil>|`",
    "``` <iframe src=//evil>",
    "a` <img src=//evil>",
    "\\<b>",
    "\\",
    "&lt;img&gt; &#124;",
    "![x](//evil)",
    "[x]: //evil",
    "_a_ *b* ~~c~~",
    "- item",
    "1. item",
    "+",
    "===",
    "---",
    "# head",
    "> quote",
    "a\n\n<img src=//evil>\n\n    code",
    "2024-01-01",
    "-5",
    "0.5",
    "",
]


def tokens(markdown: str) -> list[Token]:
    """What a renderer that lets HTML through makes of it."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [part for block in parser.parse(markdown) for part in (block, *(block.children or []))]


def text_in(found: list[Token]) -> str:
    """The text of those tokens that hold some."""
    return "".join(each.content for each in found if each.type in ("text", "code_inline"))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("spelled", [plain, code])
def test_a_line_of_it_is_that_text_and_nothing_else(spelled, text):
    found = tokens(spelled(text))
    kinds = {each.type for each in found}
    plain_kinds = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert kinds <= {*plain_kinds, "code_inline"}
    assert text_in(found).strip() == " ".join(text.split())


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("spelled", [plain, code])
def test_a_cell_of_it_is_that_text_and_nothing_else(spelled, text):
    found = tokens(table(["a", "b"], [[spelled(text), "end"]]))
    assert sum(each.type == "td_open" for each in found) == 2
    assert not {each.type for each in found} & {"html_inline", "html_block", "link_open", "image"}
    assert text_in(found) == f"ab{' '.join(text.split())}end"


def test_it_is_one_line_and_code_where_it_can_be():
    assert table(["a"], [[plain("b\nc")]]).splitlines() == ["| a |", "| --- |", "| b c |"]
    assert code("size m² (raw)") == "`size m² (raw)`"
    assert "<" not in code(NASTY) + plain(NASTY)
