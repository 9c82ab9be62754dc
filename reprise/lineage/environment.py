"""What ran the code: lock, Python, platform, processor, threads."""

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import Any

from reprise.lineage.source import ROOT

LOCK = "requirements.txt"
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def lock_digest(root: Path = ROOT) -> str:
    """sha256 of the lock, the list of pins that the environment is built from."""
    return hashlib.sha256((root / LOCK).read_bytes()).hexdigest()


def available_cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """Threads for one fit: OMP_NUM_THREADS where it is set, else every core."""
    value = os.environ.get("OMP_NUM_THREADS", "")
    return int(value) if value.isdigit() and int(value) > 0 else available_cores()


def describe_environment() -> dict[str, Any]:
    """Facts that can explain a difference between two machines, as JSON values."""
    import psutil
    from threadpoolctl import threadpool_info

    return {
        "lock": lock_digest(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": available_cores(),
        "memory_bytes": psutil.virtual_memory().total,
        "threads": {name: os.environ.get(name) for name in _THREAD_VARIABLES},
        "blas": [
            {key: pool.get(key) for key in ("internal_api", "version", "architecture")}
            for pool in threadpool_info()
        ],
        "byte_order": sys.byteorder,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
