"""A value that a model cannot take is named."""

import numpy as np
import pandas as pd
import pytest

from reprise.inference.outputs import outputs_of
from reprise.predictor import TabularModel, WrongValue


class Refuses(TabularModel):
    """A model that takes nothing, as trees do not take what no float32 holds."""

    def outputs_of(self, rows: pd.DataFrame) -> np.ndarray:
        raise ValueError("Input X contains infinity")


ROWS = pd.DataFrame(
    {
        "when": pd.to_datetime(["2024-01-01", None]),
        "a": [1.0, np.nan],
        "code": pd.Series(["17", "x"], dtype="str"),
    }
)


@pytest.mark.parametrize(
    ("column", "value"), [("a", 1e39), ("a", -1e39), ("code", "1e39"), ("code", "1" * 60)]
)
def test_a_number_that_is_too_large_is_named_whether_it_is_text_or_not(column, value):
    rows = ROWS.astype({column: "object"})
    rows.loc[1, column] = value
    rows = rows.astype({column: "float64" if column == "a" else "str"})
    with pytest.raises(WrongValue, match=rf"column '{column}' .*up to 3.4e\+38, got .* in row 2"):
        outputs_of(Refuses({}, None), rows)


def test_what_else_a_model_raises_is_left_as_it_is():
    with pytest.raises(ValueError, match="contains infinity"):
        outputs_of(Refuses({}, None), ROWS)
