"""What one request may hold, known before anything is built of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from reprise.predictor import ColumnKind

MEGABYTE = 1 << 20
# A value of a table takes up to this many bytes of a body on average: 65,536 values a megabyte.
_VALUE_BYTES = 16
# Parquet and repeated texts say a lot in a few bytes.
_UNPACKED = 4
# Operations for the reasons that one request may ask for.
_WORK = 2e10


class BadRequest(Exception):
    """What is wrong with a request, in a line for the client, and the HTTP status that says so.

    `column` has a value that is not of its kind, None where something else is wrong.
    """

    def __init__(self, message: str, status: int = 400, column: str | None = None) -> None:
        super().__init__(message)
        self.status, self.column = status, column


@dataclass(frozen=True)
class Bounds:
    """How much a request to a model of these `kinds` may hold, if a body has at most `bytes`.

    A row is answered with `outputs` numbers.
    """

    kinds: Mapping[str, ColumnKind]
    outputs: int
    bytes: int

    @property
    def values(self) -> int:
        """The most values in a body, in the model's columns of it, and in its answer."""
        return self.bytes // _VALUE_BYTES

    def check_bytes(self, count: int) -> None:
        """Refuse a larger body."""
        if count > self.bytes:
            raise BadRequest(
                f"a body must have at most {self.bytes / MEGABYTE:g} MB: send fewer rows at once",
                413,
            )

    def check_values(self, count: int) -> None:
        """Refuse a body with more values."""
        if count > self.values:
            raise BadRequest(
                f"a body must have at most {self.values:,} values: send fewer rows at once", 413
            )

    def check_rows(self, count: int) -> None:
        """Refuse no rows, and more than `values` allows."""
        if not count:
            raise BadRequest("a request must have rows, got none")
        most = max(1, self.values // max(len(self.kinds), self.outputs, 1))
        if count > most:
            raise BadRequest(
                f"a request must have at most {most:,} rows, got more: send fewer at once", 413
            )

    def check_work(self, count: int, work: float) -> None:
        """Refuse more rows to explain, of which one takes so many operations, than half a minute's.

        The first of them is never refused.
        """
        most = max(1, int(_WORK // work))
        if count > most:
            raise BadRequest(
                f"a request for reasons must have at most {most:,} rows for this model, got "
                f"{count:,}: send fewer at once",
                413,
            )

    def check_unpacked(self, count: int) -> None:
        """Refuse a body that says more than several times its size."""
        if count > _UNPACKED * self.bytes:
            raise BadRequest(
                f"a body must hold at most {_UNPACKED * self.bytes / MEGABYTE:g} MB when it is "
                "unpacked: send fewer rows at once",
                413,
            )
