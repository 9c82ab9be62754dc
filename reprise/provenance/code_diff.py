"""What differs between the code of two runs: files, and where both texts are known lines."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from reprise.formatting import listed
from reprise.provenance.code import file_of
from reprise.provenance.value_diff import changed

Texts = Mapping[str, str]

_SPOTS = 3


def code_differences(
    old: Texts,
    new: Texts,
    old_texts: Texts | None = None,
    new_texts: Texts | None = None,
    only_changed: bool = False,
) -> list[str]:
    """Files, and with the texts of both lines, that differ between {module: digest or text}.

    `only_changed` leaves out files that one side has not: a step with another model reaches other
    code, which its parameters say already.
    """
    found = []
    for name, before, after in changed(old, new):
        if before is not None and after is not None:
            texts = ((old_texts or {}).get(name), (new_texts or {}).get(name))
            found.append(f"code: {file_of(name, {*old, *new})} {changed_lines(*texts)}")
        elif not only_changed:
            what = "is new" if before is None else "is gone"
            found.append(f"code: {file_of(name, {*old, *new})} {what}")
    return found


def changed_lines(old: str | None, new: str | None) -> str:
    """`line 14 changed`, `lines 3, 9 and 2 more changed`: as the newer text counts its lines."""
    if old is None or new is None or old == new:
        return "changed"
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    spots = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    kinds = {kind for kind, *_ in spots}
    if kinds == {"delete"}:
        gone = sum(end - start for _, start, end, _, _ in spots)
        after_lines = [(start, start) for *_, start, _ in spots]
        where = "at the start" if after_lines == [(0, 0)] else f"after {_spans(after_lines)}"
        return f"{gone} {'line' if gone == 1 else 'lines'} removed {where}"
    # A removal stands between two lines: it is counted with the one before it.
    spans = [
        (max(start + 1, 1), end) if end > start else (max(start, 1),) * 2
        for *_, start, end in spots
    ]
    return f"{_spans(spans)} {'added' if kinds == {'insert'} else 'changed'}"


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    """`line 14`, `lines 14-20`, `lines 3, 9-12 and 2 more`."""
    texts = [str(start) if start == end else f"{start}-{end}" for start, end in spans]
    shown = listed(texts, _SPOTS - 1)
    if 1 < len(texts) <= _SPOTS:
        shown = f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"{'line' if texts[0].isdigit() and len(texts) == 1 else 'lines'} {shown}"
