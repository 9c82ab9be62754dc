"""Which rows of a large raw table are looked at."""

import pandas as pd

MAX_ROWS = 100_000


def every_nth(values: pd.Series) -> pd.Series:
    """The values of a column that the page shows: all, or of more than 100,000 every n-th."""
    # A slice would keep the whole column in memory.
    return values.take(range(0, len(values), step(len(values)))).reset_index(drop=True)


def step(rows: int) -> int:
    """The n of `every_nth` for a table of that many rows."""
    return max(1, -(-rows // MAX_ROWS))
