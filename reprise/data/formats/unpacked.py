"""Packed files: the one table that a gzip, bzip2, xz, zstandard or zip file holds."""

import lzma
import shutil
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from reprise.errors import RepriseError
from reprise.runtime.scratch import scratch_file

_CHUNK = 1 << 20


def unpacked(path: Path, start: bytes, source: str) -> Path:
    """The file itself where it is not packed, else what it holds, in a file of our own.

    Raises RepriseError where a zip file holds several files, OSError or EOFError for damaged ones.
    """
    opener = next((opener for magic, opener in _PACKERS.items() if start.startswith(magic)), None)
    if opener is None:
        return path
    stat = path.stat()
    return _copied(path, stat.st_mtime_ns, stat.st_size, opener, source)


@cache
def _copied(
    path: Path, time: int, size: int, opener: "Callable[[Path, str], BinaryIO]", source: str
) -> Path:
    """Unpacked once in the life of the process."""
    target = scratch_file()
    try:
        with opener(path, source) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)
    except (lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # The last two: a way of packing that Python does not know, and a password.
        raise OSError(str(error)) from None
    return target


def _gzip(path: Path, source: str) -> BinaryIO:
    import gzip

    return cast(BinaryIO, gzip.open(path))


def _bzip2(path: Path, source: str) -> BinaryIO:
    import bz2

    return cast(BinaryIO, bz2.open(path))


def _xz(path: Path, source: str) -> BinaryIO:
    return cast(BinaryIO, lzma.open(path))


def _zstandard(path: Path, source: str) -> BinaryIO:
    import pyarrow as pa

    return cast(BinaryIO, pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))


def _zip(path: Path, source: str) -> BinaryIO:
    archive = zipfile.ZipFile(path)
    names = [
        name
        for name in archive.namelist()
        if not name.endswith("/") and not name.startswith("__MACOSX/")
    ]
    if len(names) != 1:
        shown = ", ".join(f"'{name}'" for name in names[:5]) or "nothing"
        raise RepriseError(
            f"a zip file must hold one table, got an archive of {shown} in '{source}': "
            "unpack it, and name the table"
        )
    return cast(BinaryIO, archive.open(names[0]))


_PACKERS: dict[bytes, Callable[[Path, str], BinaryIO]] = {
    b"\x1f\x8b": _gzip,
    b"BZh": _bzip2,
    b"\xfd7zXZ\x00": _xz,
    b"\x28\xb5\x2f\xfd": _zstandard,
    b"PK\x03\x04": _zip,
    b"PK\x05\x06": _zip,  # with nothing in it
}
