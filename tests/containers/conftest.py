"""Engine, image and a caller who is not root."""

from pathlib import Path

import pytest

from tests.pipeline.conftest import shop

from .caller import Caller
from .engine import base_image, engine, image

__all__ = ["base_image", "engine", "image", "shop"]


@pytest.fixture
def caller(tmp_path: Path) -> Caller:
    """An ordinary user in an empty folder of theirs."""
    return Caller.at(tmp_path / "caller")
