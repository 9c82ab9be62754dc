"""The level of instructions that all is computed at: the same bits on every processor that has it.

NumPy, BLAS, oneDNN, XLA and Arrow choose kernels by what the processor has, and another kernel adds
in another order. Here it is chosen for all of them, by variables that each reads as it is loaded: a
process takes the level on before it imports any, and what it starts inherits it. glibc's libm
chooses too, but only by whether there are FMA and AVX2, which the level goes by.
"""

import ctypes
import os
import platform
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_XLA = "XLA_FLAGS"
_XLA_LEVEL = "--xla_cpu_max_isa"
# What else moves the last bits, or contradicts a level: taken away with any of them.
_CONTRARY = (
    *("NPY_DISABLE_CPU_FEATURES", "MKL_CBWR", "OPENBLAS_BLOCK_FACTOR", "OPENBLAS_L2_SIZE"),
    *("DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE"),
    *("ONEDNN_CPU_ISA_HINTS", "DNNL_CPU_ISA_HINTS"),
)
# What a processor must have for x86-64-v3, by the names in /proc/cpuinfo (psABI for x86-64, 3.1.1).
_V3 = frozenset(("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"))
# Registers that CPUID gives, in the order in which glibc keeps them.
_EBX, _ECX, _EDX = 1, 2, 3
# (leaf as glibc numbers them, register, bit): leaf 1, leaf 7, extended leaf 1, leaf 7 subleaf 1.
_BITS = {
    "sse4_2": (0, _ECX, 20),
    "avx": (0, _ECX, 28),
    "avx2": (1, _EBX, 5),
    "fma": (0, _ECX, 12),
    "f16c": (0, _ECX, 29),
    "movbe": (0, _ECX, 22),
    "bmi1": (1, _EBX, 3),
    "bmi2": (1, _EBX, 8),
    "abm": (2, _ECX, 5),
    "avx_vnni": (6, 0, 4),
    "avx512f": (1, _EBX, 16),
    "avx512bw": (1, _EBX, 30),
    "avx512dq": (1, _EBX, 17),
    "avx512vl": (1, _EBX, 31),
    "avx512_vnni": (1, _ECX, 11),
    "avx512_bf16": (6, 0, 5),
    "avx512_fp16": (1, _EDX, 23),
    "amx_tile": (1, _EDX, 24),
    "amx_int8": (1, _EDX, 25),
    "amx_bf16": (1, _EDX, 22),
}


@dataclass(frozen=True)
class Level:
    """A level: what sets it, and the kernels that libraries say they have where it is in force.

    `numpy` is the highest of NumPy's own levels (all above it are off, whatever a NumPy to come
    calls them), `blas` OpenBLAS's core type, `arrow` Arrow's level. `follows` says in a line what
    follows where it is not that of most machines.
    """

    name: str
    numpy: str
    blas: str
    arrow: str
    variables: Mapping[str, str]
    follows: str = ""


def _level(
    name: str, numpy: str, blas: str, arrow: str, onednn: str, xla: str, follows: str = ""
) -> Level:
    variables = {
        "NPY_ENABLE_CPU_FEATURES": numpy,
        "OPENBLAS_CORETYPE": blas,
        "ARROW_USER_SIMD_LEVEL": arrow,
        "ONEDNN_MAX_CPU_ISA": onednn,
        # On: without, TensorFlow multiplies by Eigen, which has kernels by processor too.
        "TF_ENABLE_ONEDNN_OPTS": "1",
        _XLA: f"{_XLA_LEVEL}={xla}",
    }
    return Level(name, numpy, blas, arrow.lower(), variables, follows)


X86_V3 = _level("x86-64-v3", "X86_V3", "Haswell", "AVX2", "AVX2", "AVX2")
X86_V2 = _level(
    *("x86-64-v2", "X86_V2", "Nehalem", "SSE4_2", "SSE41", "SSE4_2"),
    "this processor has no AVX2, so that all is computed at level x86-64-v2: the last digits are "
    "not those of processors that have it",
)
ARM = Level(
    *("armv8-a", "ASIMD", "ARMV8", "none"),
    # oneDNN is off: there it cannot be held to a level.
    {
        "NPY_ENABLE_CPU_FEATURES": "ASIMD",
        "OPENBLAS_CORETYPE": "ARMV8",
        "ARROW_USER_SIMD_LEVEL": "NONE",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    },
    "this processor is an aarch64, so that all is computed at level armv8-a: the last digits are "
    "not those of x86-64",
)
# Every variable that a level sets or takes away, and that of glibc, which is read too early to set.
VARIABLES = (*X86_V3.variables, *_CONTRARY, "GLIBC_TUNABLES")


@cache
def level_here() -> Level | None:
    """The highest level of this processor; None of one that is neither x86-64 nor aarch64."""
    match platform.machine().lower():
        case "x86_64" | "amd64":
            return X86_V3 if _V3.issubset(processor_flags()) else X86_V2
        case "aarch64" | "arm64":
            return ARM
    return None


def take_on(environment: MutableMapping[str, str] | None = None) -> bool:
    """Put the level of this processor in force for what is loaded from here on, and started.

    In another `environment`, for a process that is started with that. Returns whether it was not in
    force before.
    """
    environment = os.environ if environment is None else environment
    level, before = level_here(), dict(environment)
    if level is None:
        return False
    others = [word for word in environment.get(_XLA, "").split() if not _of_level(word)]
    put_off(environment)
    environment.update(level.variables)
    if others and _XLA in level.variables:
        environment[_XLA] = " ".join([*others, level.variables[_XLA]])
    return environment != before


def as_arguments() -> list[str]:
    """The level of this processor as arguments of the command `env`."""
    level = level_here()
    unset = [word for name in _CONTRARY if name in os.environ for word in ("-u", name)]
    given = {} if level is None else level.variables
    return [*unset, *(f"{name}={value}" for name, value in given.items())]


def put_off(environment: MutableMapping[str, str]) -> None:
    """Take every variable that a level sets out of the environment of a process to be started."""
    for name in VARIABLES:
        if name != "GLIBC_TUNABLES":  # the system's, not ours
            environment.pop(name, None)


def _of_level(word: str) -> bool:
    return word.startswith(_XLA_LEVEL)


@cache
def processor_flags() -> frozenset[str]:
    """Instruction sets that kernels are chosen by, named as in /proc/cpuinfo.

    The processor is asked, through glibc, and what GLIBC_TUNABLES switches off is not there: an
    emulated processor has the real one's /proc/cpuinfo.
    """
    found = _flags_of_glibc()
    return _flags_of_system() if found is None else found


class _Leaf(ctypes.Structure):
    """What glibc knows of a leaf of CPUID: as the processor says it, and what is in use."""

    _fields_ = (("cpuid", ctypes.c_uint32 * 4), ("active", ctypes.c_uint32 * 4))


def _flags_of_glibc() -> frozenset[str] | None:
    """None where there is no such function: an older glibc, another libc, another processor."""
    try:
        leaf = ctypes.CDLL(None)["__x86_get_cpuid_feature_leaf"]
    except (AttributeError, OSError, TypeError):
        return None
    leaf.restype, leaf.argtypes = ctypes.POINTER(_Leaf), [ctypes.c_uint]
    return frozenset(
        name
        for name, (number, register, bit) in _BITS.items()
        if leaf(number)[0].active[register] >> bit & 1
    )


def _flags_of_system() -> frozenset[str]:
    return frozenset(cpuinfo().get("flags", cpuinfo().get("Features", "")).split())


@cache
def cpuinfo() -> Mapping[str, str]:
    """What Linux says of the first core; nothing elsewhere."""
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
    return facts
