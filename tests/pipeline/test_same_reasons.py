"""One model, four ways to its reasons: Python, score, serve and MLflow's protocol agree."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from .conftest import Shop
from .serving import serve

LABELS = ["setosa", "versicolor", "virginica"]
# A process that knows nothing of the project, as a user's does.
IN_PYTHON = """
import sys, mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
rows = pd.read_csv(sys.argv[2], dtype={"id": "str"})  # 0007 is a code
found = model.predict(rows, params={"output": "probabilities"})
found.insert(0, "predicted", model.predict(rows))
found.to_parquet(sys.argv[3])
model.predict(rows, params={"output": "reasons"}).to_parquet(sys.argv[4])
"""


def two_reasons(reasons: pd.DataFrame) -> pd.DataFrame:
    """The columns that moved each row most, found in the contributions of all of them."""
    contributions = reasons.filter(regex="^contribution of ")
    names = contributions.columns.str.removeprefix("contribution of ").to_numpy()
    values = contributions.to_numpy()
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :2]
    found = {}
    for rank in (1, 2):
        chosen = order[:, rank - 1]
        moved = values[np.arange(len(values)), chosen]
        found[f"reason_{rank}"] = np.where(moved == 0, None, names[chosen])
        found[f"contribution_{rank}"] = np.where(moved == 0, np.nan, moved)
    return pd.DataFrame(found)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Assert that two tables are equal to the last bit."""
    pd.testing.assert_frame_equal(found, wanted, check_exact=True, check_dtype=False)


def assert_consistent(found: list, few: list, shares: list, labels: list) -> None:
    """Assert that all answers of a server say the same of the same rows."""
    assert few == [found[row] for row in (0, 71, 149)]
    assert [list(share.values()) for share in shares] == [list(r.values())[1:] for r in found]
    assert labels == [record["predicted"] for record in found]


@pytest.mark.parametrize("family", ["elasticnet", "rf", "gbm", "nn", "ensemble"])
def test_reasons_are_equal_to_the_last_bit_wherever_they_are_made(shop: Shop, tmp_path, family):
    model = shop.trained()[family]
    environment = shop.environment()
    del environment["PYTHONPATH"]
    subprocess.run(
        [
            sys.executable,
            "-c",
            IN_PYTHON,
            model,
            str(shop.table),
            "python.parquet",
            "reasons.parquet",
        ],
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    expected = pd.read_parquet(tmp_path / "python.parquet")
    expected.columns = ["predicted", *(f"probability of {label}" for label in LABELS)]

    reasons = pd.read_parquet(tmp_path / "reasons.parquet")
    explained = pd.concat([expected, two_reasons(reasons)], axis=1)

    output = tmp_path / "scored.parquet"
    options = ("--model", model, "--data", str(shop.table), "--output", str(output))
    for wanted, more in ((expected, ()), (explained, ("--reasons", "2"))):
        done = shop.step("score", *options, *more)
        assert done.returncode == 0, done.stderr
        same(pd.read_parquet(output), wanted)

    raw = pd.read_csv(shop.table, dtype={"id": "str"})
    records = json.loads(raw.to_json(orient="records", double_precision=15))
    assert pd.DataFrame(records)["petal length (cm)"].equals(raw["petal length (cm)"])
    server = serve(shop, tmp_path / "log.txt", model)
    try:
        found = server.post("/predict", records)[1]
        few = [server.post("/predict", [records[row]])[1][0] for row in (0, 71, 149)]
        asked = {"dataframe_records": records, "params": {"output": "probabilities"}}
        shares = server.post("/invocations", asked)[1]["predictions"]
        labels = server.post("/invocations", {"dataframe_records": records})[1]["predictions"]
        most = server.post("/predict?reasons=2", records[:40])[1]
        asked = {"dataframe_records": records[71:75], "params": {"output": "reasons"}}
        why = server.post("/invocations", asked)[1]["predictions"]
    finally:
        server.stop()
    same(pd.DataFrame(found), expected)
    same(pd.DataFrame(most), explained[:40])
    same(pd.DataFrame(why), reasons[71:75].reset_index(drop=True))
    assert_consistent(found, few, shares, labels)
