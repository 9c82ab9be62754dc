"""The source of a `main`, read once and handed to its steps: all of them record the same."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.code import file_of
from reprise.provenance.source import Source, read_source
from reprise.runtime.pinned_code import LOCK, files_changed_since, pinned_files

_FILE = "source-of-main.json"


def read_own() -> Source:
    """The source of the code of this process.

    Raises RepriseError where a file of it was saved since the process has read it: what git says
    would be of another state.
    """
    source = read_source()
    if changed := files_changed_since():
        raise RepriseError(
            f"the code must not change while a run starts, got {listed(changed)}, saved meanwhile: "
            "run it again"
        )
    return source


def hand_on(source: Source, folder: Path) -> str:
    """Write down a source and the digests of its files for steps; return the path of that."""
    path = folder / _FILE
    if not path.exists():
        files = {name: file.digest for name, file in pinned_files().items()}
        path.write_text(json.dumps({"source": asdict(source), "files": files}))
    return str(path)


def take_over(path: str, code: Mapping[str, str]) -> Source:
    """The source that `main` has handed on; `code` is what this step reaches, by name.

    Raises RepriseError where this process has read other code, which `main` knows nothing of.
    """
    handed = json.loads(Path(path).read_text())
    own = pinned_files()
    names = sorted({LOCK, *(file_of(name, code) for name in code)})
    if changed := [name for name in names if own[name].digest != handed["files"].get(name)]:
        raise RepriseError(
            f"a step must have the code that its main has read, got {listed(changed)}, changed "
            "since main began: run main again"
        )
    lists = {name: tuple(handed["source"][name]) for name in ("changed", "new")}
    return Source(**handed["source"] | lists)
