"""What every family owes, on a table of everything that is nasty."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reprise.data.digests import digest_arrays
from reprise.errors import RepriseError
from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import predict
from reprise.models.families import FAMILIES, get_family
from reprise.models.family import Examples, FitOptions, Fitted
from tests.nasty_table import (
    CASES,
    TARGETS,
    features_of,
    fit,
    fitted,
    kinds,
    nasty_table,
    parts,
    unseen_rows,
)

pytestmark = pytest.mark.xdist_group("keras")
ROOT = Path(__file__).resolve().parents[3]
every_case = pytest.mark.parametrize(("family", "target"), CASES)


def digests(family: str, found: Fitted) -> list[str]:
    """Digests of what was learned, and of predictions for later and for unseen rows."""
    model = found.model(kinds())
    rows = pd.concat([features_of(nasty_table()), unseen_rows()], ignore_index=True)
    return [
        digest_arrays(get_family(family).learned(found)),
        digest_arrays([predict(model, rows).numbers]),
    ]


@every_case
def test_a_family_learns_from_a_nasty_table(family, target):
    train = parts(target)[0]
    prediction = predict(fitted(family, target).model(kinds()), train.X)
    metrics = evaluate(TARGETS[target], train.y, prediction)
    if family == "nn":  # three epochs teach little
        assert all(np.isfinite(value) for value in metrics.values())
    elif TARGETS[target] == "regression":
        assert metrics["r2"] > 0.3
    else:
        assert metrics["roc_auc"] > 0.8


@every_case
def test_predictions_have_the_target_type_for_values_never_seen(family, target):
    rows = unseen_rows()
    found = fitted(family, target)
    values = found.model(kinds()).predict(rows)
    assert values.shape == (len(rows),)
    if TARGETS[target] == "regression":
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
        return
    labels = parts(target)[0].y.unique().tolist()
    assert found.classes == sorted(labels)
    assert {type(label) for label in found.classes} == {type(labels[0])}
    assert {type(label) for label in values.tolist()} == {type(labels[0])}
    assert set(values.tolist()) <= set(labels)


@pytest.mark.parametrize(("family", "target"), [case for case in CASES if case[1] != "number"])
def test_probabilities_sum_to_one_and_choose_the_label(family, target):
    model = fitted(family, target).model(kinds())
    rows = pd.concat([parts(target)[1].X, unseen_rows()], ignore_index=True)
    probabilities = model.predict_proba(rows)
    assert probabilities.dtype == np.float64
    assert probabilities.shape == (len(rows), len(model.classes))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-6)
    chosen = [model.classes[position] for position in probabilities.argmax(axis=1)]
    assert model.predict(rows).tolist() == chosen


@every_case
def test_the_order_of_columns_does_not_matter(family, target):
    model = fitted(family, target).model(kinds())
    rows = features_of(nasty_table())
    shuffled = rows[rows.columns[np.random.default_rng(5).permutation(len(rows.columns))]]
    assert list(shuffled) != list(rows)
    assert np.array_equal(predict(model, shuffled).numbers, predict(model, rows).numbers)


@every_case
def test_raw_rows_and_plain_rows_give_the_same_predictions(family, target):
    model = fitted(family, target).model(kinds())
    plain = parts(target)[1].X
    raw = features_of(nasty_table()).iloc[-len(plain) :]
    assert np.array_equal(predict(model, raw).numbers, predict(model, plain).numbers)


@every_case
def test_fitting_twice_gives_equal_digests(family, target):
    assert digests(family, fit(family, target)) == digests(family, fitted(family, target))


@every_case
@pytest.mark.slow
def test_two_threads_learn_what_one_thread_learns(family, target):
    found = fit(family, target, threads=2)
    assert digests(family, found) == digests(family, fitted(family, target))


@pytest.mark.slow
def test_another_process_with_other_threads_and_hashes_learns_the_same(tmp_path):
    code = (
        "import json, sys, warnings\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import tests.unit.models.test_families as t\n"
        "cases = [(family, 'kind') for family in t.FAMILIES]\n"
        "print(json.dumps([t.digests(f, t.fit(f, k, threads=2)) for f, k in cases]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [digests(family, fitted(family, "kind")) for family in FAMILIES]
    assert json.loads(done.stdout.splitlines()[-1]) == expected


@pytest.mark.parametrize("family", ["rf", "et", "gbm", "nn"])
def test_another_seed_learns_something_else(family):
    found = get_family(family)
    few = {
        "rf": {"n_estimators": 6},
        "et": {"n_estimators": 6},
        "gbm": {"n_estimators": 8},
        "nn": {"epochs": 1},
    }
    others = [
        found.fit(
            "regression", *parts("number"), {**found.defaults, **few[family]}, FitOptions(seed)
        )
        for seed in (1, 2)
    ]
    assert digests(family, others[0]) != digests(family, others[1])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", ["number", "text", "boolean"])
def test_a_table_of_one_column_is_enough(family, dtype):
    random = np.random.default_rng(3)
    number = random.normal(size=60)
    column = {"number": number, "text": np.where(number > 0, "a", "b"), "boolean": number > 0}
    X = pd.DataFrame({"only": pd.Series(column[dtype]).astype("str" if dtype == "text" else float)})
    y = pd.Series(number * 3)
    found = get_family(family)
    chosen = {**found.defaults, "n_estimators": 5, "epochs": 2}
    done = found.fit("regression", Examples(X, y), Examples(X, y), chosen, FitOptions(1))
    values = done.model({"only": "text" if dtype == "text" else "number"}).predict(X)
    assert np.isfinite(values).all()
    assert values.std() > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_classes_that_the_validation_part_alone_has_are_never_predicted(family):
    train, validation = parts("kind")
    odd = validation.y.copy()
    odd.iloc[:3] = "only here"
    found = get_family(family)
    chosen = {**found.defaults, "n_estimators": 3, "epochs": 2}
    done = found.fit("classification", train, Examples(validation.X, odd), chosen, FitOptions(1))
    assert done.classes == sorted(train.y.unique())
    assert "only here" not in done.model(kinds()).predict(validation.X)


@pytest.mark.parametrize("family", FAMILIES)
def test_defaults_and_search_lie_within_the_bounds(family):
    for name, value in get_family(family).hyperparameters.items():
        starts = [start[name] for start in get_family(family).starts if name in start]
        tried = [value.default, *value.grid, *(value.search or ()), *starts]
        assert all(value.low <= number <= value.high for number in tried), name
        assert value.kind in (int, float)
        assert all(type(number) is value.kind for number in value.grid), name


@pytest.mark.parametrize("family", FAMILIES)
def test_weighted_classes_let_a_rare_one_be_found(family):
    random = np.random.default_rng(8)
    X = pd.DataFrame({"x": random.normal(size=600)})
    rare = X["x"] + random.normal(size=600) > 2.2
    train = Examples(X, pd.Series(np.where(rare, "rare", "usual")))
    found = get_family(family)
    shares = []
    for weight in (0.0, 1.0):
        chosen = {
            **found.defaults,
            "n_estimators": 30,
            "min_samples_leaf": 10,
            "epochs": 15,
            "class_weight": weight,
        }
        model = found.fit("classification", train, train, chosen, FitOptions(1)).model(
            {"x": "number"}
        )
        shares.append((model.predict(X)[rare] == "rare").mean())
    assert shares[1] > shares[0] + 0.2


def test_weights_of_classes_are_refused_for_numbers():
    train, validation = parts("number")
    found = get_family("rf")
    with pytest.raises(RepriseError, match=r"class_weight must be 0 for numbers, got 0\.5"):
        found.fit(
            "regression", train, validation, {**found.defaults, "class_weight": 0.5}, FitOptions(1)
        )


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(RepriseError, match="elasticnet, rf, et, gbm, nn, got 'svm'"):
        get_family("svm")
