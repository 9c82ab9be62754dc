"""A query on files: one SELECT that says the same each time, and the files that it names.

DuckDB takes the text apart; its own locks (see `on_files`) hold whatever is overlooked here.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from reprise.errors import RepriseError

DATA = "data"
_READERS = (
    *("read_csv", "read_csv_auto", "read_parquet", "parquet_scan"),
    *("read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto"),
)
_MAKERS = ("range", "generate_series", "unnest", "repeat", "json_each", "json_tree")
# DuckDB calls them stable within a query; the next query sees another time, or another process.
_CLOCKS = {
    *("now", "today", "get_current_time", "get_current_timestamp", "transaction_timestamp"),
    *("current_date", "current_time", "current_timestamp", "current_localtime"),
    *("current_localtimestamp", "localtime", "localtimestamp", "txid_current", "current_setting"),
}


@dataclass(frozen=True)
class NamedFile:
    """A file that a reader function is given: its name, and where the name stands in the text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Statement:
    """A query that may be run: its text, the files it names as tables, and those in functions."""

    text: str
    tables: tuple[str, ...]
    files: tuple[NamedFile, ...]

    def with_files(self, paths: dict[str, str]) -> str:
        """The text with the path of each file that a function is given in place of its name."""
        text = self.text.encode()
        for file in sorted(self.files, key=lambda file: file.start, reverse=True):
            path = "'" + paths[file.name].replace("'", "''") + "'"
            text = text[: file.start] + path.encode() + text[file.end :]
        return text.decode()


@cache
def parse(text: str) -> Statement:
    """The statement; RepriseError where it is not one SELECT, or not the same each time."""
    with duckdb.connect(config={"enable_external_access": False}) as connection:
        try:
            kinds = [each.type.name for each in connection.extract_statements(text)]
        except duckdb.Error as error:
            raise not_sql(error) from None
        if kinds != ["SELECT"]:
            raise RepriseError(
                f"query must be one SELECT statement, got {' and '.join(kinds) or 'nothing'}: "
                "leave the rest out"
            )
        sql = "select json_serialize_sql(?::varchar)"
        tree = json.loads(connection.execute(sql, [text]).fetchall()[0][0])
        changing = connection.execute(
            "select function_name from duckdb_functions() where stability = 'VOLATILE'"
        ).fetchall()
    if tree["error"]:
        raise _refused("a SELECT", tree["error_message"], "write a SELECT")
    nodes = list(_nodes(tree["statements"]))
    _check_same_each_time(nodes, {name for (name,) in changing} - {"error"})
    ctes = {one["key"].lower() for node in nodes for one in node.get("cte_map", {}).get("map", ())}
    return Statement(text, _tables(nodes, ctes | {DATA}), _files(nodes))


def not_sql(error: Exception) -> RepriseError:
    """What DuckDB says of a query, in one line: the first of its message, and what is closest."""
    said, _, _ = str(error).partition("LINE ")
    return _refused("SQL that DuckDB runs", " ".join(said.split()), "correct it")


def _refused(rule: str, value: str, remedy: str) -> RepriseError:
    return RepriseError(f"query must be {rule}, got {value}: {remedy}")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value, from the outside in."""
    if isinstance(value, dict):
        yield value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from _nodes(part)


def _check_same_each_time(nodes: list[dict[str, Any]], changing: set[str]) -> None:
    for node in nodes:
        found = None
        if node.get("class") == "FUNCTION":
            name = node["function_name"].lower()
            is_age = name == "age" and len(node["arguments"]) == 1
            found = f"{name}()" if name in changing | _CLOCKS or is_age else None
        elif node.get("class") == "COLUMN_REF" and len(node["column_names"]) == 1:
            name = node["column_names"][0].lower()
            found = name if name in _CLOCKS else None
        elif (node.get("sample") or {}).get("repeatable") is False:
            found = "a sample without REPEATABLE"
        if found:
            raise RepriseError(
                f"query must give the same rows each time, got {found}: write down what it "
                "should stand for (a date, a seed)"
            )


def _tables(nodes: list[dict[str, Any]], known: set[str]) -> tuple[str, ...]:
    """The tables beside those that are known: files, by their names."""
    found: dict[str, str] = {}
    for node in nodes:
        if node.get("type") == "SHOW_REF":
            raise _refused("one SELECT statement", "DESCRIBE, SHOW or SUMMARIZE", "select rows")
        if node.get("type") != "BASE_TABLE":
            continue
        name = node["table_name"]
        if node["schema_name"] or node["catalog_name"]:
            path = ".".join(node["qualified_name"]["path"])
            remedy = f"put a file into quotes ('{path}')"
            raise RepriseError(f"query must read data or files, got the table {path}: {remedy}")
        if name.lower() in known:
            continue
        if found.setdefault(name.lower(), name) != name:
            raise _refused(
                "clear about its files", f"'{found[name.lower()]}' and '{name}'", "rename one"
            )
    return tuple(found.values())


def _files(nodes: list[dict[str, Any]]) -> tuple[NamedFile, ...]:
    """The files that functions are given."""
    found: list[NamedFile] = []
    for node in nodes:
        if node.get("type") != "TABLE_FUNCTION":
            continue
        function = node["function"]
        name = function["function_name"].lower()
        if name in _READERS:
            found += _names(name, function["arguments"])
        elif name not in _MAKERS:
            known = "read_csv, read_parquet or read_json"
            raise RepriseError(f"query must read files by {known}, got {name}(): use one of these")
    return tuple(found)


def _names(reader: str, arguments: list[dict[str, Any]]) -> Iterator[NamedFile]:
    """The names in the first argument of a reader, a text or a list of texts."""
    first = arguments[0]["expression"] if arguments else {}
    parts = [first]
    if first.get("function_name") == "list_value":
        parts = [part["expression"] for part in first["arguments"]]
    for part in parts:
        with suppress(KeyError):
            if part["literal"]["kind"] == "STRING":
                start = part["query_location"]
                end = start + part["query_location_length"]
                yield NamedFile(part["literal"]["text"], start, end)
                continue
        raise RepriseError(
            f"query must name its files in so many words, got {reader}() of something else: "
            f"write {reader}('file')"
        )
