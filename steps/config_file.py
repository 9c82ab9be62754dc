"""A file instead of twenty flags: the parameters of an entry point, as YAML."""

import csv
import io
from collections.abc import Hashable
from pathlib import Path

import yaml

from reprise.errors import RepriseError

ENTRY_POINT = "entry_point"
_DEFAULT = "main"
_REMEDY = f"write a line `name: value` for each parameter, and one for {ENTRY_POINT} unless main"
# What is recorded of a run travels in an environment variable.
_MOST_CHARACTERS = 100_000


class _Texts(yaml.BaseLoader):
    """Values as they are written: `1e-3`, `none` and `0501` stay what a command line would have."""


def _without_repeats(loader: _Texts, node: yaml.MappingNode) -> dict[Hashable, object]:
    known: dict[Hashable, object] = {}
    for key, value in node.value:
        name = loader.construct_object(key, deep=True)
        if name in known:
            raise yaml.constructor.ConstructorError(None, None, f"{name} twice", key.start_mark)
        known[name] = loader.construct_object(value, deep=True)
    return known


_Texts.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _without_repeats)


def read_config(path: str) -> tuple[str, list[str], str]:
    """(entry point, its arguments, the file's text) that a YAML file of parameters asks for.

    A list is its values with commas between, those that have some in quotes. Whether parameters of
    these names exist is said by the entry point. Raises RepriseError for a file that is none, with
    the line where that is known.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        found = yaml.load(text, _Texts)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "which is no UTF-8 text"
        raise RepriseError(
            f"a file of parameters must be readable, got '{path}', {reason}: check the path"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "which cannot be read"
        raise _wrong(path, f"must be YAML, got {reason}{where}") from None
    if not isinstance(found, dict):
        raise _wrong(path, "must hold names with values, got none")
    name = _text(path, ENTRY_POINT, found.pop(ENTRY_POINT, _DEFAULT))
    if len(text) > _MOST_CHARACTERS:
        raise _wrong(path, f"must have at most {_MOST_CHARACTERS:,} characters, got {len(text):,}")
    given = [(f"--{key}", _text(path, key, value)) for key, value in found.items()]
    return name, [text for pair in given for text in pair], text


def _text(path: str, name: str, value: object) -> str:
    """A value as a command line has it."""
    values = value if isinstance(value, list) else [value]
    for each in values or [""]:
        if not isinstance(each, str) or not each:
            got = "more than that" if each else "nothing"
            raise _wrong(path, f"must give {name} a value or a list of them, got {got}")
    if isinstance(value, str):
        return value
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(values)
    return row.getvalue()


def _wrong(path: str, rule: str) -> RepriseError:
    return RepriseError(f"the file of parameters '{path}' {rule}: {_REMEDY}")
