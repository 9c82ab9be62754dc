"""Text files in the encodings that people's programs write, as UTF-8."""

import codecs
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from reprise.data.formats.alphabets import likeness
from reprise.errors import RepriseError
from reprise.runtime.scratch import scratch_file

_CHUNK = 4 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Python's name, and the one that is said; where two are as likely, the first is taken.
_GUESSES = {
    "cp1252": "windows-1252",
    "mac_roman": "mac-roman",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "koi8_r": "koi8-r",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "cp1255": "windows-1255",
    "cp1256": "windows-1256",
    "cp1257": "windows-1257",
    "cp932": "shift-jis",
    "euc_kr": "euc-kr",
    "euc_jp": "euc-jp",
    "gb18030": "gb18030",
    "big5": "big5",
}
_TELLING = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*[\r\n]*")
_WORD = re.compile(r"[\s,;|]+")
# Of 1: what no language is like, and what is as good as the best.
_UNLIKE, _CLOSE = 0.6, 0.1
_SAMPLE = 64 << 10
_NO_BREAK = 0xA0


def as_utf8(path: Path, source: str) -> tuple[Path, str | None]:
    """The file where it is UTF-8, else a copy of our own that is; and the encoding that it has.

    None stands for UTF-8. Every byte is looked at. Raises RepriseError for what is no text.
    """
    stat = path.stat()
    return _decoded(path, stat.st_mtime_ns, stat.st_size, source)


def start_as_utf8(start: bytes) -> bytes:
    """The first bytes of a file without its mark, as UTF-8 where they are UTF-16 or UTF-32."""
    encoding = _marked(start) or _without_mark(start)
    if encoding in (None, "utf-8"):
        return start.removeprefix(codecs.BOM_UTF8)
    return start.decode(encoding, errors="ignore").encode(errors="ignore")


def _marked(start: bytes) -> str | None:
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


@cache
def _decoded(path: Path, time: int, size: int, source: str) -> tuple[Path, str | None]:
    with path.open("rb") as file:
        start = file.read(4096)
    encoding = _marked(start) or _without_mark(start)
    if encoding in (None, "utf-8"):
        if _is_utf8(path):
            return path, None
        encoding, said = _guess(path, source)
    else:
        said = encoding
    copy = scratch_file()
    try:
        with path.open(encoding=encoding, newline="") as read, copy.open("wb") as written:
            while text := read.read(_CHUNK):
                written.write(text.encode())
    except UnicodeError as error:
        raise _unreadable(source, f"{encoding} up to a byte that it has not: {error}") from None
    return copy, said


def _without_mark(start: bytes) -> str | None:
    """UTF-16 by the zeros of its Latin letters."""
    start = start.rstrip(b"\0")  # what a file was never filled with
    if len(start) < 2 or b"\0" not in start:
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 < len(start) // 2:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_CHUNK):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _guess(path: Path, source: str) -> tuple[str, str]:
    """The encoding by the lines that have more than ASCII, and what is said of it."""
    sample = _telling(path)
    if b"\0" in sample:
        raise _unreadable(source, "zero bytes")
    _refuse_two_encodings(path, sample, source)
    strange = {byte for byte in sample if byte >= 0x80}
    if strange == {_NO_BREAK}:
        return "cp1252", _GUESSES["cp1252"]
    texts: dict[str, str] = {}
    for name in _GUESSES:
        with suppress(UnicodeDecodeError):
            texts[name] = sample.decode(name)
    scores = {name: likeness(text, name) for name, text in texts.items()}
    best = max(scores, key=lambda name: scores[name], default="")
    if not best or scores[best] < _UNLIKE:
        best = _by_statistics(sample, source)
    least = scores[best] - _CLOSE
    rivals = [name for name in scores if scores[name] >= least and texts[name] != texts[best]]
    # Where the words are the same in several, it is the first: few have 1250 for Köln.
    best = next(name for name in texts if texts[name] == texts[best])
    return best, _told(best, texts, rivals)


def _refuse_two_encodings(path: Path, sample: bytes, source: str) -> None:
    """Raise RepriseError for UTF-8 that has other lines among its own, as joined files have."""
    lines = _TELLING.findall(sample)
    if sum(_is_line_of_utf8(line) for line in lines) * 2 < len(lines):
        return
    with path.open("rb") as file:
        wrong = next(n for n, line in enumerate(file, 1) if not _is_line_of_utf8(line))
    raise RepriseError(
        f"a table must be in one encoding, got UTF-8 and another in line {wrong} of '{source}': "
        "save it again as UTF-8"
    )


def _is_line_of_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _told(best: str, texts: dict[str, str], rivals: Sequence[str]) -> str:
    """The encoding; where others fit nearly as well, also what these would make of a word."""
    others = []
    for name in rivals:
        pairs = zip(_WORD.split(texts[best]), _WORD.split(texts[name]), strict=False)
        ours, theirs = next(((a, b) for a, b in pairs if a != b), ("", ""))
        others.append(f"{_GUESSES[name]}, where {ours!r} would be {theirs!r}")
    return "; or ".join([_GUESSES[best], *others])


def _telling(path: Path) -> bytes:
    """The first lines that have more than ASCII."""
    sample = b""
    with path.open("rb") as file:
        while len(sample) < _SAMPLE and (block := file.read(_CHUNK) + file.readline()):
            for line in _TELLING.findall(block):
                sample += line
                if len(sample) >= _SAMPLE:
                    break
    return sample


def _by_statistics(sample: bytes, source: str) -> str:
    """What charset-normalizer makes of a text of no language that we know."""
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=list(_GUESSES), threshold=0.4).best()
    if found is None:
        raise _unreadable(source, f"byte {_first_strange(sample):#04x}")
    alike = {found.encoding, *found.could_be_from_charset}
    return next(name for name in _GUESSES if name in alike)


def _first_strange(sample: bytes) -> int:
    return next(byte for byte in sample if byte >= 0x80)


def _unreadable(source: str, what: str) -> RepriseError:
    return RepriseError(
        f"a table must be text in a known encoding, CSV or otherwise, got {what} in '{source}': "
        "save it again as UTF-8"
    )
