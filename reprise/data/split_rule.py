"""How `prepare` divides rows into parts, as it was asked to."""

from dataclasses import dataclass
from typing import Literal, Self

from reprise.errors import RepriseError

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """Rows at random, by the time in a column, or by the group in a column.

    Its text is the rule as people spell it: `random`, `time:<column>` or `group:<column>`.
    """

    kind: Literal["random", "time", "group"] = "random"
    column: str | None = None

    @classmethod
    def parse(cls, rule: str) -> Self:
        """The split of a rule; RepriseError for any other text."""
        kind, colon, column = rule.partition(":")
        if rule == "random":
            return cls()
        if kind == "time" and colon and column:
            return cls("time", column)
        if kind == "group" and colon and column:
            return cls("group", column)
        raise RepriseError(
            "split must be random, time:<column> or group:<column>, "
            f"got '{rule}': choose one of these"
        )

    def __str__(self) -> str:
        return self.kind if self.column is None else f"{self.kind}:{self.column}"


@dataclass(frozen=True)
class SplitOptions:
    """How rows are divided, and how many of those with a target go where.

    Making one raises RepriseError where the two fractions leave no rows to train on.
    """

    split: Split
    validation_fraction: float
    test_fraction: float
    seed: int

    def __post_init__(self) -> None:
        together = self.validation_fraction + self.test_fraction
        if together >= 1:
            raise RepriseError(
                "validation_fraction and test_fraction must leave rows to train on, got "
                f"{self.validation_fraction} + {self.test_fraction} = {together:g}: "
                "choose less than 1 together"
            )
