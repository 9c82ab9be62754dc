"""Series of counts in Prometheus' text format: each has a fixed place in one array."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

import numpy as np
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
Labels = Sequence[tuple[str, ...]]
ONE: Labels = ((),)


class Series:
    """Families of series, all known before the first count, so that no client can add any."""

    def __init__(self) -> None:
        self.size = 0
        self._families: list[Callable[[np.ndarray], Metric]] = []

    def facts(self, name: str, help: str, /, **labels: str) -> None:
        """A series that is always 1: its labels are what there is to know."""

        def family(_: np.ndarray) -> Metric:
            found = GaugeMetricFamily(name, help, labels=list(labels))
            found.add_metric(list(labels.values()), 1)
            return found

        self._families.append(family)

    def counter(
        self,
        name: str,
        help: str,
        names: Sequence[str] = (),
        labels: Labels = ONE,
        zeros: bool = True,
    ) -> int:
        """Add a counter for each of the `labels`; return the place of the first.

        Without `zeros` those that have counted nothing are not shown.
        """
        start = self._reserve(len(labels))

        def family(counts: np.ndarray) -> Metric:
            found = CounterMetricFamily(name, help, labels=list(names))
            for values, count in zip(labels, counts[start : start + len(labels)], strict=True):
                if count or zeros:
                    found.add_metric(values, float(count))
            return found

        self._families.append(family)
        return start

    def histogram(
        self,
        name: str,
        help: str,
        edges: Sequence[float],
        names: Sequence[str] = (),
        labels: Labels = ONE,
    ) -> "Histogram":
        """Add a histogram with buckets up to each of the `edges` for each of the `labels`.

        Of several those that have counted nothing are not shown.
        """
        width = len(edges) + 2
        start = self._reserve(width * len(labels))
        bounds = [*map(floatToGoString, edges), "+Inf"]

        def family(counts: np.ndarray) -> Metric:
            found = HistogramMetricFamily(name, help, labels=list(names))
            for number, values in enumerate(labels):
                *buckets, total = counts[start + width * number :][:width].tolist()
                if len(labels) > 1 and not any(buckets):
                    continue
                found.add_metric(values, list(zip(bounds, accumulate(buckets), strict=True)), total)
            return found

        self._families.append(family)
        return Histogram(start, list(edges))

    def text(self, counts: np.ndarray) -> bytes:
        """All of them with these counts, in Prometheus' text format."""
        return generate_latest(_Collected([family(counts) for family in self._families]))

    def _reserve(self, count: int) -> int:
        start = self.size
        self.size += count
        return start


class Histogram:
    """Where a histogram's counts lie: its buckets, then the sum, for each of its labels."""

    def __init__(self, start: int, edges: list[float]) -> None:
        self._start, self._edges = start, edges
        self.width = len(edges) + 2

    def places(self, value: float, label: int = 0) -> tuple[int, int]:
        """The places of a value's bucket and of the sum."""
        start = self._start + self.width * label
        return start + bisect_left(self._edges, value), start + self.width - 1

    def counts(self, values: np.ndarray) -> tuple[int, np.ndarray]:
        """The first place, and what to add from there on, for finite values without a label."""
        added = np.empty(self.width)
        with np.errstate(over="ignore"):
            added[-1] = values.sum()
        buckets = np.searchsorted(self._edges, values, side="left")
        added[:-1] = np.bincount(buckets, minlength=self.width - 1)
        return self._start, added


class _Collected(Collector):
    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """The metrics, one after the other."""
        return iter(self._found)
