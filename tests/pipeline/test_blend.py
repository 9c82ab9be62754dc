"""A main that a blend wins: fitted again, registered, scored with and reproduced as any model."""

import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

pytestmark = pytest.mark.slow

# Of these two the blend is better than each.
MODELS = ("--models", "rf,gbm", "--tune_model", "none")


def test_a_winning_blend_is_registered_scores_and_comes_out_the_same(workplace):
    done = workplace.main(*MODELS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "winner   ensemble" in done.stdout
    version = workplace.client.get_model_version_by_alias("reprise", "champion")
    assert "weight 1 (rf) 0." in version.description
    assert "354 rows (train and validation)" in version.description
    load_diabetes(as_frame=True).frame.to_csv(workplace.folder / "rows.csv", index=False)
    model = "models:/reprise@champion"
    scored = workplace.step("score", "--model", model, "--data", "rows.csv", "--output", "out.csv")
    assert scored.returncode == 0, scored.stdout + scored.stderr
    assert len(pd.read_csv(workplace.folder / "out.csv")) == 442
    proof = workplace.step("reproduce", "--of", model)
    assert proof.returncode == 0, proof.stdout + proof.stderr
    assert "IDENTICAL" in proof.stdout
