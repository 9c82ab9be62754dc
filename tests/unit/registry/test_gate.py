import numpy as np
import pytest

from reprise.errors import RepriseError
from reprise.registry.gate import Condition, check_gate, parse_gate
from reprise.registry.versions import check_name


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ("none", []),
        ("  none ", []),
        ("r2>=0.3", [("r2", ">=", 0.3)]),
        (" rmse <= 6e1 ", [("rmse", "<=", 60.0)]),
        ("r2>-.5,mae<1E+3", [("r2", ">", -0.5), ("mae", "<", 1000.0)]),
        ("accuracy>=+0.9,roc_auc>.98", [("accuracy", ">=", 0.9), ("roc_auc", ">", 0.98)]),
    ],
)
def test_a_gate_is_a_list_of_conditions(gate, expected):
    assert parse_gate(gate) == [Condition(*parts) for parts in expected]


@pytest.mark.parametrize(
    "gate",
    [
        "",
        " ",
        ",",
        "r2",
        "r2>=",
        ">=0.3",
        "r2=0.3",
        "r2==0.3",
        "r2=>0.3",
        "r2>=0.3,",
        "r2>=0.3;mae<1",
        "r2>=0.3 mae<1",
        "r2>=1.2.3",
        "r2>=.",
        "r2>=nan",
        "r2>=inf",
        "r2>=0.3\nmae<1",
        "0.3<=r2",
        "none,r2>=0.3",
        "None",
        "r2>=$(touch x)",
    ],
)
def test_what_is_no_condition_is_refused_in_one_line(gate):
    with pytest.raises(RepriseError, match="gate must") as raised:
        parse_gate(gate)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("gate", "task", "named"),
    [
        ("r3>=0.3", None, "r3"),
        ("r2>=0.3", "classification", "r2"),
        ("accuracy>=0.9", "regression", "accuracy"),
        ("mae<1,log_loss<1", "regression", "log_loss"),
    ],
)
def test_a_metric_that_the_task_has_not_is_refused_with_those_it_has(gate, task, named):
    with pytest.raises(RepriseError) as raised:
        parse_gate(gate, task)
    assert f"got '{named}'" in str(raised.value)
    known = "accuracy" if task == "classification" else "rmse"
    assert known in str(raised.value).partition("choose from")[2]


@pytest.mark.parametrize(
    ("gate", "value", "passes"),
    [
        ("r2>=0.3", 0.3, True),
        ("r2>=0.3", 0.29, False),
        ("r2>0.3", 0.3, False),
        ("r2>0.3", 0.31, True),
        ("r2<=0.3", 0.3, True),
        ("r2<=0.3", 0.31, False),
        ("r2<0.3", 0.3, False),
        ("r2<0.3", 0.29, True),
        ("r2>=-1", np.nan, False),
        ("r2<=1", np.nan, False),
    ],
)
def test_each_operator_means_what_it_says(gate, value, passes):
    assert parse_gate(gate)[0].holds(value) is passes


def test_a_gate_that_holds_lets_the_model_through():
    check_gate(parse_gate("r2>=0.3,rmse<=60"), {"test_r2": 0.3, "test_rmse": 60.0})
    check_gate(parse_gate("none"), {})


def test_a_failed_gate_names_each_failed_condition_and_by_how_much():
    with pytest.raises(RepriseError) as raised:
        check_gate(
            parse_gate("r2>=0.5,rmse<=60,mae<100"),
            {"test_r2": 0.25, "test_rmse": 71.5, "test_mae": 50.0},
        )
    message = str(raised.value)
    assert "r2>=0.5 (got 0.25, off by 0.25)" in message
    assert "rmse<=60 (got 71.5, off by 11.5)" in message
    assert "mae" not in message
    assert "nothing was registered" in message


def test_a_metric_that_the_test_part_leaves_undefined_fails_the_gate():
    with pytest.raises(RepriseError, match=r"roc_auc>=0.5 \(got nan"):
        check_gate(parse_gate("roc_auc>=0.5"), {"test_accuracy": 1.0})


def test_a_gate_reads_the_test_part_only():
    with pytest.raises(RepriseError, match=r"r2>=0\.5"):
        check_gate(parse_gate("r2>=0.5"), {"validation_r2": 0.9, "r2": 0.9})


@pytest.mark.parametrize("name", ["", " ", "a/b", "models:/a", "a:b"])
def test_a_name_that_the_registry_refuses_is_refused_before(name):
    with pytest.raises(RepriseError, match="model_name must be"):
        check_name(name)


@pytest.mark.parametrize("name", ["reprise", "Größe, m² (v2)", "it's", 'say "x"', "a b"])
def test_other_names_are_fine(name):
    check_name(name)
