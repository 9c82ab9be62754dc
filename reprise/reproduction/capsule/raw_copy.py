"""The raw table behind a `prepare`, as files that can be kept beside it."""

from pathlib import Path, PurePath

from reprise.data.folders import folder_at, is_folder
from reprise.data.formats.delta_table import is_delta
from reprise.data.inputs import known_inputs
from reprise.data.read_options import NO_QUERY
from reprise.data.sources import SKLEARN, is_database
from reprise.errors import RepriseError
from reprise.provenance.recorded_run import Recorded
from reprise.reproduction.source_data import fetch_again
from reprise.tracking.contract import RAW

_TABLE = "table"


def raw_copy(prepare: Recorded) -> tuple[dict[str, Path], str | None]:
    """The raw table's files by the artifact they become; else what to say of it, or None.

    Raises RepriseError where it is not what the run has read.
    """
    source = prepare.data
    if source.startswith(SKLEARN):
        return {}, None  # it comes with a package, which the lock pins
    if is_database(source) or is_delta(source):
        return {}, _not_kept(source, "one file or folder")
    data = fetch_again(prepare)
    if data.change:
        raise RepriseError(
            f"the raw table must be the one that was read, got {data.change}: put it back, or "
            "export with tables=no"
        )
    inputs = known_inputs(source, prepare.origin.parameters.get("query", NO_QUERY))
    if inputs is None or len(inputs.files) > 1:
        return {}, _not_kept(source, "read alone: its query names further files")
    path = Path(inputs.files[0].path)
    if is_folder(path):
        folder = folder_at(str(path))
        parts = zip(folder.parts, folder.paths, strict=True)
        return {f"{RAW}/{_TABLE}/{name}": Path(part) for name, part in parts}, None
    return {f"{RAW}/{_TABLE}{_suffix(source)}": path}, None


def _suffix(source: str) -> str:
    """The ending of a file's name, also of a book's with a sheet; "" where it has no plain one."""
    book = source.rpartition("#")[0]
    found = PurePath(book).suffix if "." in PurePath(book).name else PurePath(source).suffix
    return found if found[1:].isalnum() and found.isascii() else ""


def _not_kept(source: str, rule: str) -> str:
    return (
        f"the raw table '{source}' is not in the capsule, for it is not {rule}: its prepared table "
        "is, and to reproduce the capsule it must be where it was"
    )
