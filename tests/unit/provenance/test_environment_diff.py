"""What differs between two locks and two environments, in the words a person reads."""

import pytest

from reprise.provenance.environment_diff import environment_differences, lock_difference, pins

LOCK = """\
# made by make lock
scikit-learn==1.9.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
numpy==2.3.0 ; python_version < '3.12' \\
    --hash=sha256:cccc
numpy==2.4.0 ; python_version >= '3.12' \\
    --hash=sha256:dddd
dask[array]==2026.1.0 \\
    --hash=sha256:eeee
"""


def test_pins_are_read_without_hashes_markers_and_extras():
    assert pins(LOCK) == {
        "scikit-learn": "1.9.0",
        "numpy": "2.3.0/2.4.0",
        "dask": "2026.1.0",
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a==1\n", "a==2\n", "a 1 -> 2"),
        ("a==1\n", "a==1\nb_c==2\n", "b-c 2 added"),
        ("a==1\nb==2\n", "a==1\n", "b 2 removed"),
        (
            "A.b==1 --hash=sha256:1\n",
            "a-b==1 --hash=sha256:2\n",
            "the same packages, other hashes or markers",
        ),
        (
            "".join(f"p{n}==1\n" for n in range(8)),
            "".join(f"p{n}==2\n" for n in range(8)),
            "p0 1 -> 2, p1 1 -> 2, p2 1 -> 2, p3 1 -> 2, p4 1 -> 2 and 3 more",
        ),
    ],
)
def test_packages_that_differ_are_named(old, new, said):
    assert lock_difference(old, new) == f"lock changed: {said}"


def environment(**facts: object) -> dict:
    blas = {"folder": "numpy.libs", "internal_api": "openblas", "version": "1", "num_threads": 2}
    return {
        "python": "3.11.7",
        "platform": "Linux-6",
        "processor": "EPYC",
        "cores": 2,
        "memory_bytes": 1,
        "flags": ["avx", "avx2"],
        "threads": {"OMP_NUM_THREADS": None},
        "switches": {"OPENBLAS_CORETYPE": None},
        "blas": [blas],
        **facts,
    }


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"python": "3.11.9"}, ["Python 3.11.7 -> 3.11.9"]),
        ({"platform": "Linux-7"}, ["platform Linux-6 -> Linux-7"]),
        (
            {"processor": "Xeon", "flags": ["avx", "avx2", "avx512f"]},
            ["processor EPYC -> Xeon", "processor flags new: avx512f"],
        ),
        ({"flags": ["avx"]}, ["processor flags gone: avx2"]),
        ({"cores": 8}, ["cores 2 -> 8"]),
        ({"threads": {"OMP_NUM_THREADS": "1"}}, ["OMP_NUM_THREADS not set -> 1"]),
        ({"switches": {"OPENBLAS_CORETYPE": "Haswell"}}, ["OPENBLAS_CORETYPE not set -> Haswell"]),
        (
            {
                "blas": [
                    {
                        "folder": "numpy.libs",
                        "internal_api": "openblas",
                        "version": "2",
                        "num_threads": 1,
                    }
                ]
            },
            ["openblas in numpy.libs: threads 2 -> 1", "openblas in numpy.libs: version 1 -> 2"],
        ),
        ({"blas": []}, []),
        ({"memory_bytes": 2}, []),
    ],
)
def test_what_ran_the_code_is_compared_fact_by_fact(facts, said):
    assert environment_differences(environment(), environment(**facts)) == said


def test_the_level_of_instructions_comes_before_all_else():
    facts = [
        {"name": name, "libm": libm} for name, libm in (("x86-64-v3", "a"), ("x86-64-v2", "b"))
    ]
    old, new = (environment(level=level, cores=n) for n, level in enumerate(facts))
    found = environment_differences(old, new)
    assert found[0] == "level of instructions x86-64-v3 -> x86-64-v2"
    assert found[-1].startswith("libm: other values of exp")
    # A run of before levels.
    found = environment_differences(environment(), environment(level=facts[0]))
    assert found == ["level of instructions not fixed -> x86-64-v3"]


def test_facts_that_an_older_run_did_not_record_are_no_difference():
    older = {"python": "3.11.7", "blas": [{"internal_api": "openblas", "version": "1"}]}
    assert environment_differences(older, environment()) == []
