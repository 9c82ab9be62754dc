"""The page that shows what is in a raw table."""

import warnings

import pandas as pd

PAGE = "profile.html"
MAX_ROWS = 100_000
MAX_COLUMNS_WITH_PLOTS = 50


def every_nth(values: pd.Series) -> pd.Series:
    """The values of a column that the page shows: all, or of more than 100,000 every n-th."""
    # A slice would keep the whole column in memory.
    return values.take(range(0, len(values), _step(len(values)))).reset_index(drop=True)


def _step(rows: int) -> int:
    return max(1, -(-rows // MAX_ROWS))


def profile_page(shown: pd.DataFrame, title: str, rows: int) -> str:
    """A self-contained HTML page: types, missing values, distributions, associations (skrub).

    `shown` has the columns of a table of that many rows, each as `every_nth` leaves it.
    """
    from skrub import TableReport

    step = _step(rows)
    suffix = "" if step == 1 else f" (every {step}th of {rows:,} rows)"
    few = len(shown.columns) <= MAX_COLUMNS_WITH_PLOTS
    report = TableReport(
        shown,
        title=f"{title}{suffix}",
        plot_distributions=few,
        compute_associations=few,
        verbose=0,
    )
    with warnings.catch_warnings():
        # Infinities in a column: NumPy warns, and the page says so itself.
        warnings.simplefilter("ignore", RuntimeWarning)
        return str(report.html())
