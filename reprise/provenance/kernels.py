"""Which kernels libraries have chosen, asked of themselves.

Dask's workers run this file by its path: it imports nothing of ours.
"""

import hashlib
import math
import struct
from functools import cache
from typing import Any

_POINTS = 3000


@cache
def chosen_kernels() -> dict[str, Any]:
    """{library: what it says that it uses}; libm, which says nothing, by what it computes.

    `numpy`: the highest of its levels that is on; `blas`: the core types of the OpenBLAS of NumPy
    and of SciPy, a vendor's library by its name; `arrow`: its level; `libm`: the first digits of
    the sha256 of values of exp, log, sin, cos, atan, tanh and pow.
    """
    import numpy as np
    import pyarrow as pa
    import scipy.linalg  # noqa: F401  loads its BLAS
    from threadpoolctl import threadpool_info

    simd: Any = np.show_config(mode="dicts")["SIMD Extensions"]
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {
        "numpy": (*simd["baseline"], *simd.get("found", ()))[-1],
        "blas": sorted({pool.get("architecture") or pool["internal_api"] for pool in pools}),
        "arrow": pa.runtime_info().simd_level,
        "libm": _libm(),
    }


def _libm() -> str:
    functions = (math.exp, math.sin, math.cos, math.atan, math.tanh, math.log, _power)
    # Implementations differ at one point in hundreds.
    points = [number * math.pi / 411 for number in range(1, _POINTS)]
    values = [function(point) for function in functions for point in points]
    return hashlib.sha256(struct.pack(f"<{len(values)}d", *values)).hexdigest()[:12]


def _power(base: float) -> float:
    return math.pow(base, 1.37)
