"""A capsule as a zip: the same members give the same bytes, put in place when it is complete."""

import errno
import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from reprise.errors import RepriseError
from reprise.runtime.held import hold_new, if_let_go
from reprise.tracking.container import check_file

Content = bytes | Path

ENDING = ".zip"
_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


def check_output(output: str) -> Path:
    """The file to be written; RepriseError where none can be written there."""
    path = Path(output)
    if path.suffix != ENDING:
        raise RepriseError(f"output must end in {ENDING}, got '{output}': rename it")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise RepriseError(
            f"output must lie in a folder that you may write into, got '{output}': name another"
        )
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise RepriseError(f"output must be a file, got '{output}', which is none: name another")
    check_file(path)
    return path


def write_archive(path: Path, members: Mapping[str, Content]) -> str:
    """Write a zip with these members, in their order; return its sha256.

    Raises RepriseError where something else is there already, which stays.
    """
    for left in path.parent.glob(f".{path.name}.*.part"):
        if_let_go(left, Path.unlink)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")

    def made() -> Path:
        beside.touch()
        return beside

    _, held = hold_new(made)
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as file:
            for name, content in members.items():
                _add(file, name, content)
        with beside.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
            os.fsync(written.fileno())
        _put(beside, path, digest)
    finally:
        beside.unlink(missing_ok=True)
        if held is not None:
            os.close(held)
    return digest


def _add(file: zipfile.ZipFile, name: str, content: Content) -> None:
    # Not packed: what zlib makes of one content is not the same with each of its versions.
    info = zipfile.ZipInfo(name)  # of 1980, the first time that a zip knows
    info.external_attr, info.create_system = _MODE << 16, _UNIX
    if isinstance(content, bytes):
        file.writestr(info, content)
        return
    with content.open("rb") as source:
        info.file_size = os.fstat(source.fileno()).st_size
        with file.open(info, "w") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _put(beside: Path, path: Path, digest: str) -> None:
    try:
        os.link(beside, path)
        return
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if not path.exists():  # on a file system without links, such as that of a stick
            beside.rename(path)
            return
    with path.open("rb") as there:
        if hashlib.file_digest(there, "sha256").hexdigest() != digest:
            raise RepriseError(
                f"output must be a new file, got '{path}', which is there and is another: "
                "remove it, or name another"
            )
