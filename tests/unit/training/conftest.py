"""Models that this folder's tests read."""

from tests.stored_models import answers, raw_rows, stored

__all__ = ["answers", "raw_rows", "stored"]
