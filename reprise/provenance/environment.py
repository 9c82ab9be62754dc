"""What ran the code: lock, Python, platform, processor, threads."""

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import Any

from reprise.provenance.installed import installed_differences
from reprise.provenance.level_in_force import describe_level
from reprise.runtime.cores import machine_cores
from reprise.runtime.level import VARIABLES, cpuinfo, processor_flags
from reprise.runtime.pinned_code import LOCK, pinned_files

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_BLAS = ("user_api", "internal_api", "version", "architecture", "threading_layer", "num_threads")
# Instruction sets that BLAS, NumPy and TensorFlow choose their kernels by.
_FLAGS = (
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx_vnni",
    "avx512f",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "asimddp",
    "sve",
    "sve2",
    "bf16",
    "i8mm",
)


def lock_digest() -> str:
    """sha256 of the lock, the list of pins that the environment is built from."""
    return hashlib.sha256(read_lock()).hexdigest()


def read_lock() -> bytes:
    """The lock itself."""
    return pinned_files()[LOCK].content


def unlike_lock() -> tuple[str, ...]:
    """What is installed here otherwise than the lock says, a phrase each."""
    return installed_differences(read_lock().decode())


def describe_environment() -> dict[str, Any]:
    """Facts that can explain a difference between two machines, as JSON values."""
    import psutil
    from threadpoolctl import threadpool_info

    return {
        "lock": lock_digest(),
        "installed": list(unlike_lock()),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": cpuinfo().get("model name", platform.processor()),
        "flags": [name for name in _FLAGS if name in processor_flags()],
        "cores": machine_cores(),
        "memory_bytes": psutil.virtual_memory().total,
        "threads": {name: os.environ.get(name) for name in _THREAD_VARIABLES},
        "switches": {name: os.environ.get(name) for name in VARIABLES},
        "level": describe_level(),
        "blas": [_library(pool) for pool in threadpool_info()],
        "byte_order": sys.byteorder,
    }


def _library(pool: dict[str, Any]) -> dict[str, Any]:
    """A BLAS or OpenMP that is loaded; `folder` tells NumPy's (numpy.libs) from SciPy's."""
    return {"folder": Path(pool["filepath"]).parent.name} | {key: pool.get(key) for key in _BLAS}
