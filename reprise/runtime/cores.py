"""Processor cores of this machine, and the threads of one fit."""

import os


def machine_cores() -> int:
    """Processor cores that the system lets this process use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """Threads for one fit: OMP_NUM_THREADS where it is set, else every core."""
    value = os.environ.get("OMP_NUM_THREADS", "")
    return int(value) if value.isdigit() and int(value) > 0 else machine_cores()
