"""Lines that differ between two texts of a file, in the words a person reads."""

import pytest

from reprise.provenance.code_diff import changed_lines

TEXT = "".join(f"line {number}\n" for number in range(1, 31))


def edited(edits: dict[int, str | None]) -> str:
    """TEXT with lines replaced, by their number; None takes the line away."""
    lines = TEXT.splitlines(keepends=True)
    for number in sorted(edits, reverse=True):
        text = edits[number]
        lines[number - 1 : number] = [] if text is None else text.splitlines(keepends=True)
    return "".join(lines)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({14: "x\n"}, "line 14 changed"),
        ({1: "x\n"}, "line 1 changed"),
        ({30: "line 30"}, "line 30 changed"),
        ({30: "line 30\r\n"}, "line 30 changed"),
        ({14: "x\n", 15: "y\n", 16: "z\n"}, "lines 14-16 changed"),
        ({3: "x\n", 9: "y\n"}, "lines 3 and 9 changed"),
        ({3: "x\n", 9: "y\n", 12: "z\n"}, "lines 3, 9 and 12 changed"),
        ({3: "x\n", 9: "y\n", 12: "z\n", 20: "w\n"}, "lines 3, 9 and 2 more changed"),
        ({14: "line 14\nnew\n"}, "line 15 added"),
        ({14: "line 14\nnew\nnewer\n"}, "lines 15-16 added"),
        ({14: None}, "1 line removed after line 13"),
        ({1: None, 2: None}, "2 lines removed at the start"),
        ({14: None, 20: "x\n"}, "lines 13 and 19 changed"),
        ({1: None, 20: "x\n"}, "lines 1 and 19 changed"),
    ],
)
def test_lines_are_numbered_as_in_the_newer_text(edits, said):
    assert changed_lines(TEXT, edited(edits)) == said


def test_a_file_that_is_emptied_or_filled_is_told():
    assert changed_lines("", "a\nb\n") == "lines 1-2 added"
    assert changed_lines("a\nb\n", "") == "2 lines removed at the start"
