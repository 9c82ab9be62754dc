"""The page that shows what is in a raw table."""

import warnings

import pandas as pd

MAX_ROWS = 100_000
MAX_COLUMNS_WITH_PLOTS = 50


def profile_page(table: pd.DataFrame, title: str) -> str:
    """A self-contained HTML page: types, missing values, distributions, associations (skrub).

    Tables of more than 100,000 rows are shown by every n-th row.
    """
    from skrub import TableReport

    step = -(-len(table) // MAX_ROWS)
    shown = table.iloc[::step].reset_index(drop=True)
    suffix = "" if step == 1 else f" (every {step}th of {len(table):,} rows)"
    few = len(table.columns) <= MAX_COLUMNS_WITH_PLOTS
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
