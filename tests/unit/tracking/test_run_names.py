"""Names of runs tell them apart."""

import pytest

from reprise.tracking.run_names import run_name

ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("entry_point", "parameters", "name"),
    [
        ("main", {"data": "/a/houses.csv", "target": "price"}, "main: price of houses.csv"),
        ("main", {"data": "sklearn:iris", "target": "target"}, "main: target of iris"),
        ("main", {}, "main"),  # its parameters were wrong
        ("prepare", {"data": "https://x.org/a.csv.gz?token=secret"}, "prepare: a.csv.gz"),
        ("train_rf", {"table": f"runs:/{ID}/table", "seed": 1}, "train_rf"),
        ("train_rf", {"n_estimators": 500, "max_features": "0.50"}, "train_rf: n_estimators 500"),
        ("tune", {"model": "gbm", "trials": 20}, "tune: gbm, 20 trials"),
        ("register", {"model_name": "prices"}, "register: prices"),
        ("compare", {"runs": f"{ID},{ID}"}, "compare: 01234567 and 01234567"),
        ("reproduce", {"of": f"runs:/{ID}/model"}, "reproduce: runs:/01234567/model"),
    ],
)
def test_a_run_is_called_by_what_tells_it_apart(entry_point, parameters, name):
    assert run_name(entry_point, parameters) == name
