"""One table with everything that goes wrong in real ones, and cheap fits of every family on it."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from reprise.data.columns import kind_with_format
from reprise.data.schema import Task
from reprise.models.families import FAMILIES, get_family
from reprise.models.family import Examples, FitOptions, Fitted
from reprise.predictor import ColumnKind, plain_features

ROWS = 240
TRAIN = 150
# Target -> task. Labels are numbers, booleans, integers, text.
TARGETS: dict[str, Task] = {
    "number": "regression",
    "flag": "classification",
    "code": "classification",
    "kind": "classification",
}
CASES = [(family, target) for family in FAMILIES for target in TARGETS]
CHEAP: dict[str, dict[str, int | float]] = {
    "elasticnet": {"alpha": 0.01},
    "rf": {"n_estimators": 6},
    "et": {"n_estimators": 6},
    "gbm": {"n_estimators": 8},
    "nn": {"units": 12, "epochs": 3, "batch_size": 32},
}


def nasty_table() -> pd.DataFrame:
    """240 raw rows in order of `listed at`, the four targets among the columns."""
    random = np.random.default_rng(7)
    size = random.gamma(2.0, 30.0, ROWS)
    colour = random.choice(["red", "blue", "grün", "rød, mat"], ROWS)
    insured = random.random(ROWS) < 0.5
    built = pd.Timestamp("1990-01-01") + pd.to_timedelta(random.integers(0, 9000, ROWS), unit="D")
    sold = pd.Timestamp("2019-01-01") + pd.to_timedelta(random.integers(0, 900, ROWS), unit="D")
    words = np.array(["old", "new", "bright", "dark", "small", "sea", "view", "lift", "attic"])
    score = size / 30 + 2 * (colour == "red") + insured + random.normal(0, 0.2, ROWS)
    later = np.arange(ROWS) >= TRAIN

    def gaps(values: Any, share: float = 0.15) -> pd.Series:
        return pd.Series(values).where(random.random(ROWS) >= share)

    return pd.DataFrame(
        {
            "size, m² [raw]": gaps(size),
            'weight "kg"': random.normal(70, 12, ROWS).round(2),
            "count": random.integers(0, 9, ROWS),
            '{"rooms": [1]}': gaps(random.integers(1, 7, ROWS)),
            "col:our's\\": gaps(colour.astype(object)),
            "grade (A<B)": pd.Categorical(gaps(random.choice(list("ABC"), ROWS).astype(object))),
            "insured?": gaps(insured.astype(object)).astype(object),
            "new": ~insured,
            " sold on ": gaps(sold.strftime("%Y-%m-%d").to_numpy(dtype=object)),
            "built\ton": gaps(built),
            "listed at": pd.date_range("2021-01-01", periods=ROWS, freq="6h"),
            "note": gaps([" ".join(random.choice(words, 5)) + f" {n}" for n in range(ROWS)]),
            "same in train": np.where(later, "now differs", "same"),
            "missing in train": np.where(later, 1.5, np.nan),
            "number": gaps(score * 100, 0.0),
            "flag": score > np.median(score),
            "code": np.where(score > np.median(score), 7, 3),
            "kind": np.select([score < 2.5, score < 4], ["low", "mid, [1]"], 'hi "gh"'),
        }
    )


def unseen_rows() -> pd.DataFrame:
    """Five feature rows of values that the train rows do not have, or of nothing at all."""
    nothing = {"insured?": None, "new": None}
    rows = [
        {
            "size, m² [raw]": 1e12,
            'weight "kg"': -np.inf,
            "count": -5,
            '{"rooms": [1]}': 1e3,
            "col:our's\\": "ultraviolet",
            "grade (A<B)": "Z",
            "insured?": True,
            "new": False,
            " sold on ": "2150-12-31",
            "built\ton": pd.Timestamp("1850-02-28"),
            "listed at": pd.Timestamp("2031-01-01"),
            "note": "Ω completely — other words 世界",
            "same in train": "never seen",
            "missing in train": 12.0,
        },
        nothing,
        {"col:our's\\": "", "note": "", "count": 3, **nothing},
        {"size, m² [raw]": np.inf, "note": "old", "insured?": False, "new": None},
        {"listed at": pd.NaT, "note": "new new new", **nothing},
    ]
    return pd.DataFrame(rows, columns=nasty_table().columns.drop(list(TARGETS)))


def features_of(table: pd.DataFrame) -> pd.DataFrame:
    """The table without its four targets."""
    return table.drop(columns=list(TARGETS))


@cache
def kinds() -> dict[str, ColumnKind]:
    """The kind of every feature."""
    features = features_of(nasty_table())
    return {name: kind_with_format(features[name]) or "text" for name in features}


def parts(target: str) -> tuple[Examples, Examples]:
    """The train rows and the rows after them, in their plain form."""
    table = nasty_table()
    X = plain_features(table, kinds())
    return (
        Examples(X.iloc[:TRAIN], table[target].iloc[:TRAIN]),
        Examples(X.iloc[TRAIN:], table[target].iloc[TRAIN:]),
    )


def fit(family: str, target: str, threads: int = 1) -> Fitted:
    """A fit with few trees or epochs."""
    found = get_family(family)
    return found.fit(
        TARGETS[target],
        *parts(target),
        {**found.defaults, **CHEAP[family]},
        FitOptions(42, threads),
    )


@cache
def fitted(family: str, target: str) -> Fitted:
    """The fit with one thread, made once."""
    return fit(family, target)
