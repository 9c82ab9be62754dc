"""What ran the code: lock, Python, platform, processor, threads."""

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import Any

from reprise.lineage.source import ROOT

LOCK = "requirements.txt"
# Environment variable by which main tells a step how many cores are its own.
CORES = "REPRISE_CORES"
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS",
)  # fmt: skip
_BLAS = ("user_api", "internal_api", "version", "architecture", "threading_layer", "num_threads")
# They choose other instructions, so other last bits, on the same processor.
_SWITCHES = (
    "OPENBLAS_CORETYPE", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES", "TF_ENABLE_ONEDNN_OPTS",
    "ONEDNN_MAX_CPU_ISA",
)  # fmt: skip
# Instruction sets that BLAS, NumPy and TensorFlow choose their kernels by.
_FLAGS = (
    "sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512dq",
    "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16",
    "asimd", "asimddp", "sve", "sve2", "bf16", "i8mm",
)  # fmt: skip


def lock_digest(root: Path = ROOT) -> str:
    """sha256 of the lock, the list of pins that the environment is built from."""
    return hashlib.sha256(read_lock(root)).hexdigest()


def read_lock(root: Path = ROOT) -> bytes:
    """The lock itself."""
    return (root / LOCK).read_bytes()


def machine_cores() -> int:
    """Processor cores that the system lets this process use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_cores() -> int:
    """Processor cores for this step: its share where `main` runs others beside it, else all."""
    share = os.environ.get(CORES, "")
    return min(int(share), machine_cores()) if share.isdigit() else machine_cores()


def threads() -> int:
    """Threads for one fit: OMP_NUM_THREADS where it is set, else every core."""
    value = os.environ.get("OMP_NUM_THREADS", "")
    return int(value) if value.isdigit() and int(value) > 0 else available_cores()


def describe_environment() -> dict[str, Any]:
    """Facts that can explain a difference between two machines, as JSON values."""
    import psutil
    from threadpoolctl import threadpool_info

    processor, flags = _processor()
    return {
        "lock": lock_digest(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": processor,
        "flags": flags,
        "cores": machine_cores(),
        "memory_bytes": psutil.virtual_memory().total,
        "threads": {name: os.environ.get(name) for name in _THREAD_VARIABLES},
        "switches": {name: os.environ.get(name) for name in _SWITCHES},
        "blas": [_library(pool) for pool in threadpool_info()],
        "byte_order": sys.byteorder,
    }


def _library(pool: dict[str, Any]) -> dict[str, Any]:
    """A BLAS or OpenMP that is loaded; `folder` tells NumPy's (numpy.libs) from SciPy's."""
    return {"folder": Path(pool["filepath"]).parent.name} | {key: pool.get(key) for key in _BLAS}


def _processor() -> tuple[str, list[str]]:
    """(model, instruction sets that matter) as Linux tells them; elsewhere the model only."""
    facts: dict[str, str] = {}
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if not name.strip():
                    break  # the next core: the same again
                facts[name.strip()] = value.strip()
    except OSError:
        pass
    flags = facts.get("flags", facts.get("Features", "")).split()
    return facts.get("model name", platform.processor()), [name for name in _FLAGS if name in flags]
