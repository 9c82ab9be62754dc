"""The forest that says how hard a row is: as scikit-learn's, and the same bits in any company."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

from reprise.predictor import inputs_of
from reprise.training.conformal_scores import _difficulty

RANDOM = np.random.default_rng(3)
TABLE = pd.DataFrame(
    {
        "size": np.where(RANDOM.random(400) < 0.1, np.nan, RANDOM.normal(size=400)),
        "day": pd.date_range("2024-01-01", periods=400, freq="D").astype("datetime64[us]"),
        "who": ["Ann", "Bob"] * 200,
        "huge": RANDOM.choice([0.0, 1e300, -1e300], 400),
    }
)
OUTPUTS = RANDOM.normal(size=400)
ERRORS = np.abs(RANDOM.normal(size=400)) * (1 + 5 * (OUTPUTS > 0))


def test_it_says_what_the_forest_of_scikit_learn_says():
    inputs = inputs_of(TABLE, OUTPUTS)
    found = _difficulty(inputs, ERRORS, 7)
    forest = RandomForestRegressor(50, min_samples_leaf=26, max_features=0.5, random_state=7)
    forest.fit(inputs, ERRORS)
    np.testing.assert_allclose(found.of(TABLE, OUTPUTS), forest.predict(inputs), rtol=1e-12)


def test_a_column_of_gaps_alone_says_nothing_and_a_gap_that_is_new_is_no_error():
    table = TABLE.assign(size=np.nan)
    found = _difficulty(inputs_of(table, OUTPUTS), ERRORS, 7)
    assert np.isfinite(found.of(TABLE, OUTPUTS)).all()
    gone = TABLE.assign(huge=np.nan, day=pd.NaT)
    assert np.isfinite(found.of(gone, OUTPUTS)).all()


def test_rows_with_larger_errors_are_harder():
    found = _difficulty(inputs_of(TABLE, OUTPUTS), ERRORS, 7).of(TABLE, OUTPUTS)
    assert found[OUTPUTS > 0].mean() > 3 * found[OUTPUTS <= 0].mean()


def test_a_row_is_as_hard_to_the_last_bit_in_any_company():
    hard = _difficulty(inputs_of(TABLE, OUTPUTS), ERRORS, 7)
    together = hard.of(TABLE, OUTPUTS)
    for chosen in ([3], [0, 399], list(range(20, 301))):
        alone = hard.of(TABLE.iloc[chosen], OUTPUTS[chosen])
        assert np.array_equal(alone, together[chosen])


def test_nothing_is_as_easy_as_to_leave_no_room():
    errors = np.where(OUTPUTS > 1, 1.0, 0.0)
    hard = _difficulty(inputs_of(TABLE, OUTPUTS), errors, 7)
    assert hard.of(TABLE, OUTPUTS).min() >= 0.1 * errors.mean()


def test_text_is_no_input_and_a_date_is_its_seconds():
    inputs = inputs_of(TABLE, OUTPUTS)
    assert inputs.shape == (400, 4)
    assert inputs[1, 2] - inputs[0, 2] == np.float32(86400)
    assert np.isfinite(inputs[:, 3]).all()
