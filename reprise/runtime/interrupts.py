"""Ctrl-C and SIGTERM: asked once, a step ends, and nothing disturbs it while it does."""

import signal
from typing import NoReturn

# `mlflow run` passes Ctrl-C on as SIGTERM: both mean the same.
_BOTH = (signal.SIGINT, signal.SIGTERM)


def heed() -> None:
    """From now on, either raises KeyboardInterrupt; after that both are ignored."""
    for number in _BOTH:
        signal.signal(number, _interrupt)


def ignore() -> None:
    """From now on, to the end of the process, both are ignored: what is recorded last counts."""
    for number in _BOTH:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(*_: object) -> NoReturn:
    ignore()
    raise KeyboardInterrupt
