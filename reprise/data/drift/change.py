"""What is otherwise in rows than in those that a model learned from."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A measure of some columns: its size, the chance of one as large where nothing has changed,
    and what it was and is, in words."""

    measure: str
    columns: tuple[str, ...]
    size: float
    chance: float
    before: str
    now: str


@dataclass(frozen=True)
class Bars:
    """The shares of rows in each bin of a distribution, before and now."""

    names: Sequence[str] = ()
    before: Sequence[float] = ()
    now: Sequence[float] = ()
