"""What raw columns tell a family."""

import numpy as np
import pandas as pd
import pytest

from reprise.evaluation.metrics import evaluate
from reprise.evaluation.prediction import predict
from reprise.models.families import FAMILIES, get_family
from reprise.models.family import Examples, FitOptions

pytestmark = pytest.mark.xdist_group("keras")
# Of Monday and the days after it: no line through the week has this shape.
DEMAND = np.array([3.0, -2.0, 4.0, -4.0, 2.0, -3.0, 1.0])


def days(first, count):
    date = pd.Series(pd.date_range(first, periods=count, tz="UTC"))
    noise = np.random.default_rng(count).normal(scale=0.5, size=count)
    return Examples(pd.DataFrame({"date": date}), pd.Series(DEMAND[date.dt.day_of_week] + noise))


@pytest.mark.parametrize("family", FAMILIES)
def test_what_repeats_by_weekday_is_learned_from_a_date_alone(family):
    found = get_family(family)
    learning = days("2020-01-01", 1000)
    chosen = {**found.defaults, "alpha": 0.03}
    fitted = found.fit("regression", learning, learning, chosen, FitOptions(1))
    later = days("2022-10-01", 60)
    prediction = predict(fitted.model({"date": "datetime"}), later.X)
    assert evaluate("regression", later.y, prediction)["r2"] > 0.7
