"""Codes of digits, as a model sees them."""

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import Pipeline

from reprise.models import codes, features
from reprise.models.families import FAMILIES, get_family
from reprise.models.family import Examples
from reprise.predictor import load_pipeline

ZIPS = ["00501", "10001", "00544", "94016"]


def examples(zips: list[str | None]) -> Examples:
    X = pd.DataFrame({"zip": pd.Series(zips, dtype="str"), "size": np.arange(float(len(zips)))})
    return Examples(X, pd.Series(np.arange(float(len(zips))), name="y"))


@pytest.mark.parametrize("name", FAMILIES)
def test_codes_are_categories_and_not_the_numbers_that_they_look_like(name):
    train = examples(ZIPS * 6)
    fitted, _ = get_family(name).fit_features(train, seed=0)
    skops.io.dump(fitted, "features.skops")
    rows = examples(["00501", "501", None, "94016"]).X
    rows["size"] = 3.0
    seen = np.asarray(load_pipeline("features.skops").transform(rows))
    assert not np.array_equal(seen[0], seen[1], equal_nan=True)
    assert np.array_equal(seen[0], np.asarray(fitted.transform(train.X.assign(size=3.0)))[0])


def test_many_codes_are_text():
    train = examples([f"{n:05}" for n in range(200)])
    fitted, numbers = get_family("rf").fit_features(train, seed=0)
    assert numbers.X.shape[1] > 10
    assert np.asarray(fitted.transform(train.X)).shape[0] == 200


@pytest.mark.parametrize("words", ["1 12 7 30", "01 x 02 y", "a b c d"])
def test_other_text_is_read_as_before(words):
    steps = features.for_trees(0)
    before = str(Pipeline(features.for_trees(0)))
    codes.keep_codes(steps, examples(words.split() * 6).X)
    assert str(Pipeline(steps)) == before
