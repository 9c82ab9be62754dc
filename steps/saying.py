"""Lines that a long step prints so that its terminal shows life."""

import time

import click


class AtTimes:
    """Called with a line, prints it if a while has passed since the last; else drops it."""

    def __init__(self, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        """Print the line, or not."""
        now = time.monotonic()
        if now - self._last >= self._seconds:
            self._last = now
            click.echo(line)
