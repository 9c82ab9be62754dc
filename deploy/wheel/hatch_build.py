"""What hatchling asks while it builds the wheel: what it needs, and the files of the project.

The wheel needs exactly what the lock names. It carries the code, the lock and, as it is no
checkout, a record of the commit that it was built from.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PIN = re.compile(r"^([\w.-]+==[^\s;]+)(?: ; ([^\\\n]+?))? \\$", re.MULTILINE)


class Dependencies(MetadataHookInterface):
    """The pins of the lock, as the requirements of the wheel."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set them."""
        pins = _PIN.findall(Path(self.root, "requirements.txt").read_text(encoding="utf-8"))
        metadata["dependencies"] = [f"{pin} ; {when}" if when else pin for pin, when in pins]


class Project(BuildHookInterface):
    """The project's files within the wheel; within a source archive, the record of its commit."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to put in."""
        sys.path.insert(0, self.root)
        from reprise.provenance.source import CODE, RECORD, read_source

        root = Path(self.root)
        source = read_source(root)
        self.folder = tempfile.TemporaryDirectory()
        record = Path(self.folder.name, RECORD)
        record.write_text(json.dumps(asdict(source)), encoding="utf-8")
        within = "" if self.target_name == "sdist" else "reprise_command/project/"
        build_data["force_include"][str(record)] = within + RECORD
        if within:
            for name in CODE:
                for path in _files(root / name):
                    place = path.relative_to(root).as_posix()
                    build_data["force_include"][str(path)] = within + place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind."""
        self.folder.cleanup()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))
