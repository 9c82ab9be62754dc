"""The level of instructions: what it sets, for which processor, and that libraries heed it."""

import json
import os
import subprocess
import sys

import pytest

from reprise.provenance.kernels import chosen_kernels
from reprise.provenance.level_in_force import describe_level, level_in_force
from reprise.runtime import level
from reprise.runtime.paths import ROOT

# glibc takes it for a processor without AVX2, and so does what asks glibc.
WITHOUT_AVX2 = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2"}
ASK = (
    "import json; from reprise.runtime import level; level.take_on(); "
    "from reprise.provenance.level_in_force import describe_level, level_note; "
    "print(json.dumps([describe_level(), level_note()]))"
)
pytestmark = pytest.mark.skipif(
    level.level_here() is not level.X86_V3, reason="needs a processor with AVX2"
)


def asked(code: str = ASK, **variables: str) -> list:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list = json.loads(done.stdout)
    return found


def test_numpy_and_every_blas_and_arrow_say_that_the_level_is_in_force():
    import numpy as np

    assert level_in_force() == "x86-64-v3"
    found = describe_level()
    assert (found["numpy"], found["blas"], found["arrow"]) == ("X86_V3", ["Haswell"], "avx2")
    # Whatever this NumPy has above it, by its own names.
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    assert simd["found"] == ["X86_V3"]
    assert {"X86_V4"} <= {*simd["not found"]}


def test_what_somebody_has_set_otherwise_does_not_come_through():
    others = {
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3",
        "ARROW_USER_SIMD_LEVEL": "NONE",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
    }
    assert asked(**others) == [describe_level(), None]


def test_a_processor_without_avx2_has_a_level_of_its_own_and_is_told_what_follows():
    found, note = asked(**WITHOUT_AVX2)
    assert (found["name"], found["numpy"], found["blas"], found["arrow"]) == (
        *("x86-64-v2", "X86_V2"),
        *(["Nehalem"], "sse4_2"),
    )
    assert found["libm"] != chosen_kernels()["libm"]
    assert note.startswith("this processor has no AVX2, so that all is computed at level x86-64-v2")


def test_a_process_that_had_loaded_its_libraries_before_is_not_said_to_be_at_the_level():
    mean = {"NPY_ENABLE_CPU_FEATURES": "X86_V2", "OPENBLAS_CORETYPE": "Nehalem"}
    found, note = asked(f"import numpy; {ASK}", **mean)
    assert (
        found["name"] == "x86-64-v3 but for numpy X86_V2, blas Haswell/Nehalem"
    )  # SciPy's came later
    assert "is not fixed here" in note


def test_an_aarch64_is_never_said_to_be_at_the_level_of_another_processor(monkeypatch):
    names = {each.name for each in (level.X86_V3, level.X86_V2, level.ARM)}
    assert len(names) == 3
    level.level_here.cache_clear()
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert level.level_here() is level.ARM
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    level.level_here.cache_clear()
    assert level.level_here() is None
    variables = {"OPENBLAS_CORETYPE": "Prescott"}
    level.take_on(variables)
    assert variables == {"OPENBLAS_CORETYPE": "Prescott"}
    monkeypatch.undo()
    level.level_here.cache_clear()


def test_flags_of_xla_that_are_not_ours_stay():
    variables = {"XLA_FLAGS": "--xla_dump_to=/tmp/x --xla_cpu_max_isa=AVX512"}
    level.take_on(variables)
    assert variables["XLA_FLAGS"] == "--xla_dump_to=/tmp/x --xla_cpu_max_isa=AVX2"
    level.put_off(variables)
    assert not {*level.X86_V3.variables} & {*variables}


def test_the_level_is_an_argument_of_env():
    printed = subprocess.run(
        [sys.executable, "-m", "reprise", "level"],
        cwd=ROOT,
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": "X86_V3"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    words = printed.split()
    assert words[:2] == ["-u", "NPY_DISABLE_CPU_FEATURES"]
    assert {"OPENBLAS_CORETYPE=Haswell", "NPY_ENABLE_CPU_FEATURES=X86_V3"} <= {*words}
