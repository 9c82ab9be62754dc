"""The files that a query names: where they lie."""

from pathlib import Path

from reprise.data.folders import is_folder
from reprise.data.queries.statement import Statement
from reprise.data.sources import local_file, local_folder
from reprise.errors import RepriseError


def locate(statement: Statement, data: str) -> dict[str, str]:
    """The path of each file that the statement names, in its order.

    A relative name is looked for beside the file behind `data`, then in the working directory.
    Raises RepriseError where there is no such file, or the name is one of another machine.
    """
    names = [*statement.tables, *(file.name for file in statement.files)]
    beside = local_file(data) or local_folder(data)
    folders = [*([beside.resolve().parent] if beside else []), Path.cwd()]
    return {name: _located(name, folders) for name in names}


def _located(name: str, folders: list[Path]) -> str:
    if "://" in name or name.startswith(("runs:", "sklearn:")):
        raise RepriseError(
            f"query must read files of this machine, got '{name}': name it in data, or fetch it"
        )
    for folder in folders:
        path = folder / Path(name).expanduser()
        # book.xlsx#sheet
        if path.is_file() or _has_parts(path) or Path(str(path).rpartition("#")[0]).is_file():
            return str(path)
    where = " or ".join(str(folder) for folder in dict.fromkeys(folders))
    places = "" if Path(name).is_absolute() else f", not found in {where}"
    raise RepriseError(
        f"query must read data or files that exist, got '{name}'{places}: the table of the file "
        "is called data, other files stand in quotes"
    )


def _has_parts(path: Path) -> bool:
    """Whether it is a folder, or a pattern that something matches."""
    return path.is_dir() or (is_folder(path) and any(path.parent.glob(path.name)))
