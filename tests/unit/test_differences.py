"""What differs between two recorded things, in the words a person reads."""

import pytest

from reprise.lineage.changed_code import changed_lines
from reprise.lineage.changed_environment import environment_differences, lock_difference, pins
from reprise.lineage.changed_schema import schema_differences
from reprise.lineage.differences import differences, metric_differences, parameter_differences

FINGERPRINT = {
    "entry_point": "train_rf",
    "parameters": {"n_estimators": 200, "alpha": 0.001, "data": "a.csv"},
    "inputs": {"table": "1" * 64},
    "code": {"reprise": "a", "reprise.reading": "b", "steps.train_rf": "c"},
    "lock": "d",
    "python": "3.11",
}
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
TEXT = "".join(f"line {number}\n" for number in range(1, 31))


def changed(**parts: object) -> dict:
    return {**FINGERPRINT, **parts}


def edited(edits: dict[int, str | None]) -> str:
    """TEXT with lines replaced, by their number; None takes the line away."""
    lines = TEXT.splitlines(keepends=True)
    for number in sorted(edits, reverse=True):
        text = edits[number]
        lines[number - 1 : number] = [] if text is None else text.splitlines(keepends=True)
    return "".join(lines)


def test_nothing_differs_between_a_fingerprint_and_itself():
    assert differences(FINGERPRINT, changed()) == []


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("parameters", {"n_estimators": 300, "alpha": 0.001, "data": "a.csv"},
         ["n_estimators 200 -> 300"]),
        ("parameters", {"n_estimators": 200.0, "alpha": "1e-3", "data": "a.csv"}, []),
        ("parameters", {"n_estimators": 200, "alpha": 0.001, "data": "b.csv"},
         ["data a.csv -> b.csv"]),
        ("parameters", {"n_estimators": 200, "alpha": 0.001}, ["data is gone: it was a.csv"]),
        ("parameters", {**FINGERPRINT["parameters"], "depth": 3}, ["depth is new: 3"]),
        ("inputs", {"table": "2" * 64}, ["the content of table changed"]),
        ("code", {**FINGERPRINT["code"], "reprise": "z"}, ["code: reprise/__init__.py changed"]),
        ("code", {**FINGERPRINT["code"], "reprise.new": "z"}, ["code: reprise/new.py is new"]),
        ("code", {"reprise": "a", "reprise.reading": "b"}, ["code: steps/train_rf.py is gone"]),
        ("lock", "z", ["the lock changed"]),
        ("python", "3.12", ["Python 3.11 -> 3.12"]),
    ],
)  # fmt: skip
def test_each_part_of_a_fingerprint_has_its_phrase(part, value, said):
    assert differences(FINGERPRINT, changed(**{part: value})) == said


def test_text_that_looks_like_another_number_is_another_text():
    assert parameter_differences({"target": "1"}, {"target": "1.0"}) == ["target 1 -> 1.0"]


def test_another_model_reaches_other_code_and_only_the_parameter_is_named():
    other = changed(
        parameters={**FINGERPRINT["parameters"], "n_estimators": 1},
        code={"reprise": "a", "reprise.reading": "b", "steps.other": "c"},
    )
    assert differences(FINGERPRINT, other) == ["n_estimators 200 -> 1"]


def test_with_source_and_locks_lines_and_packages_are_named():
    wanted = changed(code={**FINGERPRINT["code"], "reprise.reading": "z"}, lock="z")
    said = differences(
        FINGERPRINT,
        wanted,
        earlier_code={"reprise.reading": TEXT},
        wanted_code={"reprise.reading": edited({14: "fourteen\n"})},
        earlier_lock=LOCK,
        wanted_lock=LOCK.replace("1.9.0", "1.9.1"),
    )
    assert said == [
        "code: reprise/reading.py line 14 changed",
        "lock changed: scikit-learn 1.9.0 -> 1.9.1",
    ]


@pytest.mark.parametrize("sides", [{"earlier_code": None}, {"wanted_code": {}}])
def test_without_the_source_of_both_only_the_file_is_named(sides):
    texts = {"earlier_code": {"reprise.reading": "a\n"}, "wanted_code": {"reprise.reading": "b\n"}}
    wanted = changed(code={**FINGERPRINT["code"], "reprise.reading": "z"})
    said = differences(FINGERPRINT, wanted, **{**texts, **sides})
    assert said == ["code: reprise/reading.py changed"]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({14: "x\n"}, "line 14 changed"),
        ({1: "x\n"}, "line 1 changed"),
        ({30: "line 30"}, "line 30 changed"),
        ({30: "line 30\r\n"}, "line 30 changed"),
        ({14: "x\n", 15: "y\n", 16: "z\n"}, "lines 14-16 changed"),
        ({3: "x\n", 9: "y\n"}, "lines 3 and 9 changed"),
        ({3: "x\n", 9: "y\n", 12: "z\n"}, "lines 3, 9 and 12 changed"),
        ({3: "x\n", 9: "y\n", 12: "z\n", 20: "w\n"}, "lines 3, 9 and 2 more changed"),
        ({14: "line 14\nnew\n"}, "line 15 added"),
        ({14: "line 14\nnew\nnewer\n"}, "lines 15-16 added"),
        ({14: None}, "1 line removed after line 13"),
        ({1: None, 2: None}, "2 lines removed at the start"),
        ({14: None, 20: "x\n"}, "lines 13 and 19 changed"),
        ({1: None, 20: "x\n"}, "lines 1 and 19 changed"),
    ],
)
def test_lines_are_numbered_as_in_the_newer_text(edits, said):
    assert changed_lines(TEXT, edited(edits)) == said


def test_a_file_that_is_emptied_or_filled_is_told():
    assert changed_lines("", "a\nb\n") == "lines 1-2 added"
    assert changed_lines("a\nb\n", "") == "2 lines removed at the start"


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
        ("A.b==1 --hash=sha256:1\n", "a-b==1 --hash=sha256:2\n",
         "the same packages, other hashes or markers"),
        ("".join(f"p{n}==1\n" for n in range(8)), "".join(f"p{n}==2\n" for n in range(8)),
         "p0 1 -> 2, p1 1 -> 2, p2 1 -> 2, p3 1 -> 2, p4 1 -> 2 and 3 more"),
    ],
)  # fmt: skip
def test_packages_that_differ_are_named(old, new, said):
    assert lock_difference(old, new) == f"lock changed: {said}"


def environment(**facts: object) -> dict:
    blas = {"folder": "numpy.libs", "internal_api": "openblas", "version": "1", "num_threads": 2}
    return {
        "python": "3.11.7", "platform": "Linux-6", "processor": "EPYC", "cores": 2,
        "memory_bytes": 1, "flags": ["avx", "avx2"], "threads": {"OMP_NUM_THREADS": None},
        "switches": {"OPENBLAS_CORETYPE": None}, "blas": [blas], **facts,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"python": "3.11.9"}, ["Python 3.11.7 -> 3.11.9"]),
        ({"platform": "Linux-7"}, ["platform Linux-6 -> Linux-7"]),
        ({"processor": "Xeon", "flags": ["avx", "avx2", "avx512f"]},
         ["processor EPYC -> Xeon", "processor flags new: avx512f"]),
        ({"flags": ["avx"]}, ["processor flags gone: avx2"]),
        ({"cores": 8}, ["cores 2 -> 8"]),
        ({"threads": {"OMP_NUM_THREADS": "1"}}, ["OMP_NUM_THREADS not set -> 1"]),
        ({"switches": {"OPENBLAS_CORETYPE": "Haswell"}}, ["OPENBLAS_CORETYPE not set -> Haswell"]),
        ({"blas": [{"folder": "numpy.libs", "internal_api": "openblas", "version": "2",
                    "num_threads": 1}]},
         ["openblas in numpy.libs: threads 2 -> 1", "openblas in numpy.libs: version 1 -> 2"]),
        ({"blas": []}, []),
        ({"memory_bytes": 2}, []),
    ],
)  # fmt: skip
def test_what_ran_the_code_is_compared_fact_by_fact(facts, said):
    assert environment_differences(environment(), environment(**facts)) == said


def test_facts_that_an_older_run_did_not_record_are_no_difference():
    older = {"python": "3.11.7", "blas": [{"internal_api": "openblas", "version": "1"}]}
    assert environment_differences(older, environment()) == []


def schema(**parts: object) -> dict:
    column = {"kind": "number", "role": "number", "type": "float64"}
    return {
        "target": "price", "target_type": "float64", "task": "regression",
        "split": {"rule": "random", "seed": 42}, "dropped": {}, "classes": {},
        "columns": {"a": column, "b": column}, **parts,
    }  # fmt: skip


COLUMN = {"kind": "number", "role": "number", "type": "float64"}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, []),
        ({"target": "rent"}, ["target price -> rent"]),
        ({"target_type": "int64"}, ["type of the target float64 -> int64"]),
        ({"task": "classification"}, ["task regression -> classification"]),
        ({"split": {"rule": "time:when", "seed": 7}},
         ["split random -> time:when", "split seed 42 -> 7"]),
        ({"columns": {"a": COLUMN, "b": COLUMN, "c": COLUMN}}, ["column 'c' is new"]),
        ({"columns": {"a": COLUMN}}, ["column 'b' is gone"]),
        ({"columns": {"c": COLUMN, "d": COLUMN}},
         ["columns 'c', 'd' are new", "columns 'a', 'b' are gone"]),
        ({"columns": {"a": COLUMN}, "dropped": {"b": {"reason": "constant", "value": "1"}}},
         ["column 'b' is dropped now: constant"]),
        ({"columns": {"a": COLUMN, "b": {**COLUMN, "kind": "text", "role": "category"}}},
         ["column 'b' number -> text"]),
        ({"columns": {"a": COLUMN, "b": {**COLUMN, "type": "int64"}}},
         ["column 'b' float64 -> int64"]),
        ({"columns": {"b": COLUMN, "a": COLUMN}}, ["the order of the columns changed"]),
    ],
)  # fmt: skip
def test_what_tables_are_is_compared_by_target_split_and_columns(parts, said):
    assert schema_differences(schema(), schema(**parts)) == said


def test_classes_that_come_and_go_are_named():
    before, after = schema(classes={"x": 5, "y": 5}), schema(classes={"x": 9, "z": 1})
    assert schema_differences(before, after) == ["class 'z' is new", "class 'y' is gone"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"rmse": 53.7}, {"rmse": 54.1}, ["rmse 53.7 -> 54.1 (+0.4)"]),
        ({"rmse": 53.7}, {"rmse": 53.7}, []),
        ({"rmse": float("nan")}, {"rmse": float("nan")}, []),
        ({"rmse": 1.0}, {"rmse": 1.0 + 1e-12}, ["rmse 1 -> 1.0000000000010001 (+1e-12)"]),
        ({"rmse": 1.0}, {"mae": 2.0}, ["mae is new: 2", "rmse is gone: it was 1"]),
        ({"fit_seconds": 1.0, "model_bytes": 9}, {"fit_seconds": 2.0, "model_bytes": 8}, []),
    ],
)
def test_metrics_are_compared_but_times_and_sizes_are_not(old, new, said):
    assert metric_differences(old, new) == said
