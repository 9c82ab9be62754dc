"""Contracts are read from files: no test here needs a store."""

import pytest


@pytest.fixture(autouse=True)
def own_store() -> None:
    """No store, instead of a fresh one for each test."""
