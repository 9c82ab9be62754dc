"""What libraries say on stderr while a step works: out of the way, and kept with the run."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from reprise.runtime.scratch import kept as kept_folder

_MOST_BYTES = 1 << 20
_MOST_ALIKE = 3
# What was said before the step began, such as by imports ahead of it.
_before: list[bytes] = []


@contextmanager
def kept(path: Path | None = None) -> Iterator[Path]:
    """Within, file descriptor 2 and Python's stderr lead into a file, and warnings are shown.

    Yields its path: the given one, else a new file. Processes that are started within write there
    too.
    """
    path = path or _new_file()
    with path.open("ab") as file:
        while _before:
            file.write(_before.pop(0))
    with (
        path.open("ab") as file,
        path.open("a", buffering=1, errors="replace") as stream,
        _led_into(file),
        warnings.catch_warnings(),
    ):
        stderr, sys.stderr = sys.stderr, stream
        warnings.simplefilter("default")
        warnings.showwarning = _FewOfEach()
        try:
            yield path
        finally:
            sys.stderr = stderr


@contextmanager
def aside() -> Iterator[None]:
    """Within, what is written to file descriptor 2 is put aside for the step that begins next."""
    with tempfile.TemporaryFile() as file:
        try:
            with _led_into(file):
                yield
        finally:
            file.seek(0)
            _before.append(file.read())


def text_of(path: Path) -> str:
    """What was kept, its middle left out where it is very long; the file goes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_MOST_BYTES // 2)
        file.seek(max(len(start), size - _MOST_BYTES // 2))
        end = file.read()
    path.unlink()
    cut = size - len(start) - len(end)
    between = f"\n… {cut:,} bytes left out …\n".encode() if cut else b""
    return (start + between + end).decode("utf-8", "replace")


@contextmanager
def _led_into(file: BinaryIO | Any) -> Iterator[None]:
    quiet = os.dup(2)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(quiet, 2)
        os.close(quiet)


def _new_file() -> Path:
    descriptor, name = tempfile.mkstemp(prefix="noise-", dir=kept_folder())
    os.close(descriptor)
    return Path(name)


class _FewOfEach:
    """Shows the first few warnings from one line of code: a search raises them by the thousand."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[type[Warning], str, int]] = Counter()

    def __call__(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> Any:
        place = (category, filename, lineno)
        self._seen[place] += 1
        if self._seen[place] <= _MOST_ALIKE:
            sys.stderr.write(warnings.formatwarning(message, category, filename, lineno, line))
