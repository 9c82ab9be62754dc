"""Threads of the libraries that add up: their number must not show in the last bits."""

import sys
from functools import lru_cache
from typing import Any


def single_threaded() -> Any:
    """Context in which BLAS uses one thread, so that sums have one order on any machine."""
    return numeric_libraries().limit(limits=1, user_api="blas")


def numeric_libraries() -> Any:
    """threadpoolctl's controller of the libraries that are loaded now."""
    return _found_libraries(len(sys.modules))


@lru_cache(maxsize=1)
def _found_libraries(_: int) -> Any:
    """Looking for them takes milliseconds, and only an import can load another one."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
