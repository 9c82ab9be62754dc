"""One model, four ways to its predictions: Python, score, serve and MLflow's protocol agree."""

import json
import subprocess
import sys

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
bounds = model.predict(rows, params={"output": "interval", "coverage": 0.9})
found["set"] = bounds["set"]
found.to_parquet(sys.argv[3])
"""


@pytest.mark.parametrize("family", ["elasticnet", "rf", "gbm", "nn", "ensemble"])
def test_predictions_are_equal_to_the_last_bit_wherever_they_are_made(shop: Shop, tmp_path, family):
    model = shop.trained()[family]
    environment = shop.environment()
    del environment["PYTHONPATH"]
    subprocess.run(
        [sys.executable, "-c", IN_PYTHON, model, str(shop.table), "python.parquet"],
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    expected = pd.read_parquet(tmp_path / "python.parquet")
    expected.columns = ["predicted", *(f"probability of {label}" for label in LABELS), "set"]

    output = tmp_path / "scored.parquet"
    files = ("--data", str(shop.table), "--output", str(output))
    done = shop.step("score", "--model", model, *files, "--coverage", "0.9")
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(pd.read_parquet(output), expected, check_exact=True)

    raw = pd.read_csv(shop.table, dtype={"id": "str"})
    records = json.loads(raw.to_json(orient="records", double_precision=15))
    assert pd.DataFrame(records)["petal length (cm)"].equals(raw["petal length (cm)"])
    server = serve(shop, tmp_path / "log.txt", model)
    try:
        path = "/predict?coverage=0.9"
        found = server.post(path, records)[1]
        few = [server.post(path, [records[row]])[1][0] for row in (0, 71, 149)]
        bounded = {"dataframe_records": records, "params": {"output": "interval"}}
        sets = server.post("/invocations", bounded)[1]["predictions"]
        asked = {"dataframe_records": records, "params": {"output": "probabilities"}}
        shares = server.post("/invocations", asked)[1]["predictions"]
        labels = server.post("/invocations", {"dataframe_records": records})[1]["predictions"]
    finally:
        server.stop()
    expected["set"] = expected["set"].map(list)
    pd.testing.assert_frame_equal(pd.DataFrame(found), expected, check_exact=True)
    assert sets == [{"predicted": each["predicted"], "set": each["set"]} for each in found]
    assert few == [found[row] for row in (0, 71, 149)]
    assert [list(share.values()) for share in shares] == [list(r.values())[1:-1] for r in found]
    assert labels == [record["predicted"] for record in found]
