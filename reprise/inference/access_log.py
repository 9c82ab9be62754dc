"""A line of JSON for each request: what was asked and how it ended, nothing of what it held."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

LOGS = ("none", "json")
_STDOUT = 1
# Lines of several processes do not mix: a pipe takes 4 KB as a whole.
_LONGEST_PATH = 200

Log = Callable[..., None]


def access_log(kind: str) -> Log:
    """What writes a line of this kind, one of LOGS, to standard output."""
    return _silent if kind == "none" else _write


def _silent(**_: Any) -> None:
    """No log was asked for."""


def _write(
    *, method: str, path: str, status: int, seconds: float, rows: int | None, request_id: str
) -> None:
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": method,
        "path": path[:_LONGEST_PATH],
        "status": status,
        "ms": round(1000 * seconds, 2),
        "rows": rows,
        "request_id": request_id,
    }
    # Who reads the log may go: those who ask the server stay.
    with suppress(OSError):
        os.write(_STDOUT, f"{json.dumps(line)}\n".encode())
