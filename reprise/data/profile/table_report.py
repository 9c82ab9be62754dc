"""The page that shows what is in a raw table."""

import warnings

import pandas as pd

from reprise.data.sampling import step as step_of

MAX_COLUMNS_WITH_PLOTS = 50


def profile_page(shown: pd.DataFrame, title: str, rows: int) -> str:
    """A self-contained HTML page: types, missing values, distributions, associations (skrub).

    `shown` has the columns of a table of that many rows, each as `every_nth` leaves it.
    """
    from skrub import TableReport

    step = step_of(rows)
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
