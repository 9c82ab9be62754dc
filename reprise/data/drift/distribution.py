"""How the values of a column are spread: counts of rows in few bins, which travel with a model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reprise.data.drift.two_sample import ks, shares

# Bins of numbers hold about the same share of rows; as many different ones have a bin each.
_BINS, _FEW = 40, 10
_MOST_WORDS = 100
# What fewer rows have may be somebody's, and tells nothing.
_FEWEST_ROWS = 5
_WORD = r"[^\p{L}\p{N}]+"


@dataclass(frozen=True)
class Gap:
    """How far two distributions are apart, 0 to 1, the chance of that where they are the same, and
    what it shows most in."""

    size: float
    chance: float
    where: str = ""


@dataclass(frozen=True)
class Ordered:
    """Numbers by bins that end at `edges`: the first is below all, the last above all that were
    there. Values that are `few` have a bin each."""

    edges: Sequence[float]
    counts: Sequence[int]
    few: bool = False

    @classmethod
    def of(cls, numbers: np.ndarray) -> Self | None:
        """The distribution of numbers, float64 of shape (rows,), NaN left out; None where none."""
        present = np.sort(numbers[~np.isnan(numbers)])
        if not len(present):
            return None
        places = np.linspace(0, len(present) - 1, _BINS + 1).round().astype("int64")
        different = np.flatnonzero(np.r_[True, np.diff(present) > 0])
        few = len(different) <= _FEW
        ends = present[different] if few else np.unique(present[places])
        edges = np.r_[np.nextafter(ends[0], -np.inf), ends]
        found = cls(edges.tolist(), [], few)
        return cls(edges.tolist(), found.count(present).tolist(), few)

    def count(self, numbers: np.ndarray) -> np.ndarray:
        """How many numbers are in each bin, int64 of shape (edges + 1,)."""
        edges = np.asarray(self.edges)
        present = numbers[~np.isnan(numbers)]
        return np.bincount(np.searchsorted(edges, present), minlength=len(edges) + 1)

    def gap(self, counts: np.ndarray) -> Gap:
        """How far others, of which these are the counts, are from this."""
        known = np.asarray(self.counts)
        if self.few:
            size, chance, least = shares(known, int(known.sum()), counts, int(counts.sum()))
            return Gap(size, chance, self.labels[least])
        return Gap(*ks(known, counts))

    @property
    def labels(self) -> list[str]:
        """What each bin holds, in words."""
        ends = [f"{edge:.6g}" for edge in self.edges[1:]]
        inner = ends if self.few else [f"to {end}" for end in ends]
        return [f"below {ends[0]}", *inner, f"above {ends[-1]}"]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Labels:
    """Rows by label, of so many; a row may have several where labels are words of a text."""

    labels: Sequence[str]
    counts: Sequence[int]
    rows: int

    @classmethod
    def of(cls, values: pd.Series) -> Self:
        """The distribution of categories, missing ones left out."""
        counts = values.dropna().value_counts().sort_index()
        return cls([str(label) for label in counts.index], counts.tolist(), int(counts.sum()))

    @classmethod
    def of_words(cls, texts: pd.Series) -> Self:
        """How many texts have each of the commonest words, which five have at least."""
        found = words(texts)
        counts = pd.Series(found.to_pandas(), dtype="str").value_counts()
        counts = counts[counts >= _FEWEST_ROWS]
        common = sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))[:_MOST_WORDS]
        return cls(
            [str(word) for word, _ in common], [n for _, n in common], int(texts.notna().sum())
        )

    def count(self, values: pa.Array) -> np.ndarray:
        """How many values are each label, int64 of shape (labels + 1,); the last: any other."""
        places = pc.index_in(values, value_set=pa.array(self.labels, values.type))
        places = pc.fill_null(places, len(self.labels)).to_numpy(zero_copy_only=False)
        return np.bincount(places, minlength=len(self.labels) + 1)

    def gap(self, counts: np.ndarray, rows: int) -> Gap:
        """How far others, of which so many rows have these counts, are from this."""
        known = np.asarray(self.counts)
        size, chance, least = shares(known, self.rows, counts[: len(known)], rows)
        return Gap(size, chance, self.labels[least] if self.labels else "")

    @property
    def once(self) -> int:
        """How many labels occur once."""
        return sum(count == 1 for count in self.counts)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def words(texts: pd.Series) -> pa.Array:
    """The words of all texts in lower case, each once for a text that has it."""
    lower = pc.utf8_lower(pa.array(texts.dropna(), pa.large_string()))
    split = pc.split_pattern_regex(lower, _WORD)
    table = pa.table({"row": pc.list_parent_indices(split), "word": pc.list_flatten(split)})
    found = table.group_by(["row", "word"], use_threads=False).aggregate([]).column("word")
    together = pa.chunked_array(found).combine_chunks()
    return together.filter(pc.not_equal(together, ""))


def characters(texts: pd.Series) -> np.ndarray:
    """How long each text is, float64 of shape (rows,)."""
    return pc.utf8_length(pa.array(texts.dropna(), pa.large_string())).to_numpy().astype("float64")


def distribution_from(values: Mapping[str, Any]) -> Ordered | Labels:
    """The distribution that `to_json` gave `values` of."""
    return Ordered(**values) if "edges" in values else Labels(**values)
