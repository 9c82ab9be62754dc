"""Packed files: the one table that a gzip, bzip2, xz, zstandard or zip file holds."""

import lzma
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from reprise.data.folders import listed
from reprise.errors import RepriseError
from reprise.runtime.scratch import scratch_file

_CHUNK = 1 << 20
# What goes along with a table, by its name, and is none.
_BESIDE = re.compile(
    r".*\.(md|pdf|html?|rst|rtf|docx?|png|jpe?g|gif|svg|sha256|md5|asc|sig)|\..*"
    r"|(read[-_ ]?me|license|licence|copying|notice|changelog|citation|about|metadata)\b.*"
    r"|(metadata|.*[-_ ]metadata|.*[-_ ]readme)([-_ ].*|\..*)?|license[-_.].*",
    re.IGNORECASE,
)

_BOOK = re.compile(r"\.(xls[xbm]?|ods)$", re.IGNORECASE)


def unpacked(path: Path, start: bytes, source: str) -> Path:
    """The file itself where it is not packed, else what it holds, in a file of our own.

    `source` may name a file of a zip file: `tables.zip#prices.csv`. Raises RepriseError where one
    holds several that may be tables and none is named, OSError or EOFError for damaged ones.
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
    return cast(BinaryIO, archive.open(_chosen(archive.namelist(), source)[0]))


def chosen_of_zip(path: Path, start: bytes, source: str) -> str | None:
    """What is to be said of a zip file: which of its several files is the table."""
    if not start.startswith(b"PK\x03\x04"):
        return None
    with zipfile.ZipFile(path) as archive:
        name, others = _chosen(archive.namelist(), source)
    return f"{name}, not {listed(others)}" if others else None


def _chosen(names: Sequence[str], source: str) -> tuple[str, list[str]]:
    """The file of a zip file that is the table, and what lies beside it."""
    files = [n for n in names if not n.endswith("/") and not n.startswith("__MACOSX/")]
    asked = source.rpartition("#")[2] if "#" in source else ""
    tables = [name for name in files if not _BESIDE.fullmatch(PurePosixPath(name).name)]
    found = [asked] if asked in files else tables or files
    # Of a workbook it names the sheet.
    unknown = asked not in ("", *files) and not any(map(_BOOK.search, found))
    if len(found) != 1 or unknown:
        shown = ", ".join(f"'{name}'" for name in files[:5]) or "nothing"
        remedy = f"name one (data={source.partition('#')[0]}#{found[0]})" if found else "unpack it"
        raise RepriseError(
            f"a zip file must hold one table, got an archive of {shown} in '{source}': {remedy}"
        )
    return found[0], [name for name in files if name != found[0]]


_PACKERS: dict[bytes, Callable[[Path, str], BinaryIO]] = {
    b"\x1f\x8b": _gzip,
    b"BZh": _bzip2,
    b"\xfd7zXZ\x00": _xz,
    b"\x28\xb5\x2f\xfd": _zstandard,
    b"PK\x03\x04": _zip,
    b"PK\x05\x06": _zip,  # with nothing in it
}
