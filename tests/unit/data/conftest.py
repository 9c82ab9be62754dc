"""A raw table of several kinds of columns; S3 where a test has it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def raw():
    n = 60
    return pd.DataFrame(
        {
            "size, net (cm)": np.arange(n) / 3,
            'say "hi"': ["red", "blue", None] * 20,
            "größe <b>": [True, False, None] * 20,
            "when": pd.date_range("2020", periods=n, tz="Europe/Berlin"),
            "who": np.repeat([f"person {number}" for number in range(10)], 6),
            "constant": 1,
            "nothing": None,
            "price": np.arange(n) * 1.5 + 0.25,
        }
    )


@pytest.fixture
def s3_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has S3 at an address, for whoever has the keys "key" and "secret"."""

    def use(address: str) -> None:
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)

    return use
