"""How much each column moves predictions."""

import numpy as np
import pandas as pd

from reprise.evaluation.mean_contribution import blended_contribution, mean_contribution
from reprise.predictor import Network, PipelineModel
from tests.nasty_table import fitted, kinds, parts
from tests.unit.inference.models import Doubling, Telling


def test_it_is_the_mean_absolute_contribution_largest_first():
    model, rows = fitted("gbm", "number").model(kinds()), parts("number")[1].X
    found = mean_contribution(model, rows)
    assert found.rows == len(rows)
    means = np.abs(model.reasons(rows).contributions).mean(axis=0)
    assert dict(found.means) == dict(zip(kinds(), means, strict=True))
    assert list(found.means.values()) == sorted(means, reverse=True)
    assert found.to_json()["rows"][0]["column"] == next(iter(found.means))


def test_its_digest_is_that_of_every_contribution():
    rows = pd.DataFrame({"size": [1.0, 2.0], "flag": 1.0, "seen": pd.NaT, "who": "Ann"})
    found = mean_contribution(Telling(), rows)
    assert found.digest == mean_contribution(Telling(), rows).digest
    # The same means, of other rows.
    assert found.digest != mean_contribution(Telling(), rows.iloc[::-1]).digest
    assert found.means["size"] == 2.0


def test_what_takes_longer_is_measured_on_fewer_rows():
    class Slow(Telling):
        work_of_reasons = 1e8

    rows = pd.DataFrame({"size": np.arange(1000.0), "flag": 1.0, "seen": pd.NaT, "who": "Ann"})
    assert mean_contribution(Telling(), rows).rows == 200
    assert mean_contribution(Slow(), rows).rows == 20


def test_a_model_without_reasons_has_none():
    assert mean_contribution(Doubling(), pd.DataFrame()) is None
    unknown = PipelineModel(fitted("nn", "number").pipeline, kinds(), None, Network([], 1.0))
    assert mean_contribution(unknown, parts("number")[1].X) is None


def test_that_of_a_blend_is_its_members_weighed():
    one = {"of": 20, "rows": [{"column": "a", "mean": 4.0}, {"column": "b", "mean": 1.0}]}
    other = {"of": 9, "rows": [{"column": "b", "mean": 8.0}, {"column": "a", "mean": 0.0}]}
    assert blended_contribution([one, other], [0.5, 0.5]) == {
        "of": 9,
        "rows": [{"column": "b", "mean": 4.5}, {"column": "a", "mean": 2.0}],
    }
    assert blended_contribution([one, None], [0.5, 0.5]) is None
