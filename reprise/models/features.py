"""Raw columns to numbers, for trees and for models that need scaled inputs."""

from typing import Any

import numpy as np

CARDINALITY_THRESHOLD = 40
# What a date tells beside year, month, day, hour and the time since 1970.
_REPEATS = {"add_weekday": True, "add_day_of_year": True}


def for_trees(seed: int) -> list[tuple[str, Any]]:
    """Pipeline steps whose output trees can use: categories as codes, missing values kept.

    Dates become their parts, with the weekday and the day of the year, by which trees tell weeks
    and seasons; text with over 40 different values 30 latent components (skrub.StringEncoder).
    Output: float32 columns.
    """
    from sklearn.preprocessing import OrdinalEncoder
    from skrub import DatetimeEncoder, StringEncoder, TableVectorizer

    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        dtype="float32",
    )
    vectorizer = TableVectorizer(
        cardinality_threshold=CARDINALITY_THRESHOLD,
        low_cardinality=codes,
        high_cardinality=StringEncoder(random_state=seed),
        datetime=DatetimeEncoder(**_REPEATS),
    )
    return [("vectorize", vectorizer)]


def scaled(seed: int) -> list[tuple[str, Any]]:
    """Pipeline steps for linear models and networks: one-hot, imputed, outliers squashed.

    Dates also become smooth periodic features of month, day, weekday and hour. Numbers are centred
    and scaled by their quartiles and squashed softly to (-3, 3) (skrub.SquashingScaler, after
    Holzmüller et al. 2024, "Better by default"); missing ones become the median, with a column
    that says so.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder
    from skrub import DatetimeEncoder, SquashingScaler, StringEncoder, TableVectorizer

    # Every category has a column of its own, so that one never seen is none of them.
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype="float32")
    vectorizer = TableVectorizer(
        cardinality_threshold=CARDINALITY_THRESHOLD,
        low_cardinality=one_hot,
        high_cardinality=StringEncoder(random_state=seed),
        datetime=DatetimeEncoder(periodic_encoding="spline", **_REPEATS),
    )
    return [
        ("vectorize", vectorizer),
        ("impute", SimpleImputer(strategy="median", add_indicator=True)),
        ("scale", SquashingScaler()),
    ]
