"""What a served model has done so far, as /metrics shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from reprise.inference.column_counts import ColumnCounter
from reprise.inference.counts import Counts
from reprise.inference.load import LoadedModel
from reprise.inference.series import Series

OTHER = "other"
METHODS = ("GET", "HEAD", "POST", OTHER)
PATHS = (
    "/predict",
    "/invocations",
    "/ping",
    "/health",
    "/version",
    "/metrics",
    "/openapi.json",
    OTHER,
)
STATUSES = ("200", "400", "404", "405", "413", "415", "500", "503", OTHER)
# What a request came to grief of.
ERRORS = (
    "bad_request",
    "wrong_value",
    "too_large",
    "unsupported_type",
    "unavailable",
    "disconnected",
    "not_found",
    "method_not_allowed",
    "model_failed",
)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
# Further columns and labels are counted together: each costs the one who collects them memory.
_MOST_COLUMNS, _MOST_LABELS, _LONGEST_LABEL = 200, 100, 100


@dataclass
class Course:
    """What those who answer a request note of it: its rows once they are read, its error (one of
    ERRORS), the column of the value that was wrong."""

    rows: int | None = None
    error: str = ""
    column: str | None = None


class Monitor:
    """Counts for a loaded model; those of all processes that name the same `folder`."""

    def __init__(self, loaded: LoadedModel, folder: Path | None = None) -> None:
        model = loaded.model
        self._classes, self._kinds = model.classes, list(model.kinds)
        self._columns = ColumnCounter(model.kinds, loaded.reference)
        self._series = series = Series()
        series.facts(
            "reprise_model",
            "The model that is served.",
            name=loaded.name or "",
            version=loaded.version or "",
            run_id=loaded.run_id or "",
            task=loaded.task,
            target=_shown(loaded.target),
        )
        self._add_requests()
        self._add_rows()
        self._add_columns(self._kinds)
        self._add_predictions(loaded.reference.quantiles if loaded.reference else ())
        self._counts = Counts(series.size, folder)

    def _add_requests(self) -> None:
        add = self._series
        places = [(method, path, code) for method in METHODS for path in PATHS for code in STATUSES]
        names = ("method", "path", "status")
        self._requests = add.counter(
            "reprise_requests", "Requests answered.", names, places, zeros=False
        )
        self._errors = add.counter(
            "reprise_errors", "Requests that failed.", ("kind",), [(kind,) for kind in ERRORS]
        )
        self._seconds = add.histogram(
            "reprise_request_seconds",
            "From the headers of a request to its answer.",
            _SECONDS,
            ("path",),
            [(path,) for path in PATHS],
        )

    def _add_rows(self) -> None:
        add = self._series
        self._asked = add.histogram("reprise_request_rows", "Rows in a request.", _ROWS)
        self._batches = add.histogram(
            "reprise_batch_rows", "Rows predicted in one call, of one or more requests.", _ROWS
        )
        self._rows = add.counter("reprise_rows", "Rows predicted.")

    def _add_columns(self, columns: list[str]) -> None:
        known = self._columns
        self._missing = self._by_column("missing", columns, "Values missing in rows predicted.")
        self._wrong = self._by_column(
            "wrong", columns, "Requests refused for a value that is not of its column's kind."
        )
        # Of columns about which the model knows it.
        self._outside = self._by_column(
            "out_of_range",
            known.ranged,
            "Values below or above all of the rows that the model learned from.",
        )
        self._unseen = self._by_column(
            "unseen", known.categorical, "Categories that no row had that the model learned from."
        )

    def _by_column(self, name: str, columns: Sequence[str], help: str) -> "_ByLabel":
        numbers, labels = _grouped(columns, _MOST_COLUMNS)
        start = self._series.counter(f"reprise_{name}_values", help, ("column",), labels)
        return _ByLabel(start, numbers, len(labels))

    def _add_predictions(self, quantiles: Sequence[float]) -> None:
        add = self._series
        self._null = add.counter("reprise_null_predictions", "Predictions that are no number.")
        if self._classes is None:
            self._predictions = add.histogram(
                "reprise_predictions",
                "Predictions; buckets end at quantiles of the target, where the model knows them.",
                quantiles,
            )
        else:
            self._class_of, labels = _grouped([str(each) for each in self._classes], _MOST_LABELS)
            self._labels = add.counter(
                "reprise_predicted_labels", "Rows predicted so.", ("label",), labels
            )

    def answered(self, method: str, path: str, status: int, seconds: float, course: Course) -> None:
        """Count a request that is about to have its answer."""
        path_number = _position(PATHS, path)
        number = _position(METHODS, method) * len(PATHS) + path_number
        number = number * len(STATUSES) + _position(STATUSES, str(status))
        places = [self._requests + number]
        if course.error:
            places.append(self._errors + ERRORS.index(course.error))
        if course.column in self._kinds:
            place = self._wrong.numbers[self._kinds.index(course.column)]
            places.append(self._wrong.start + int(place))
        bucket, total = self._seconds.places(seconds, path_number)
        self._counts.add(*places, bucket)
        self._counts.add(total, by=seconds)
        if course.rows is not None:
            bucket, total = self._asked.places(course.rows)
            self._counts.add(bucket)
            self._counts.add(total, by=course.rows)

    def predicted(self, rows: pd.DataFrame, outputs: np.ndarray) -> None:
        """Count rows in plain form, and what the model said of them in one call."""
        found = self._columns.count(rows)
        for place, counts in (
            (self._missing, found.missing),
            (self._outside, found.outside),
            (self._unseen, found.unseen),
        ):
            if counts.any():
                added = np.bincount(place.numbers, counts, minlength=place.labels)
                self._counts.add_from(place.start, added)
        bucket, total = self._batches.places(len(rows))
        self._counts.add(bucket)
        self._counts.add(total, self._rows, by=len(rows))
        self._count_predictions(outputs)

    def _count_predictions(self, outputs: np.ndarray) -> None:
        known = np.isfinite(outputs)
        known = known if self._classes is None else known.all(axis=1)
        if not known.all():
            self._counts.add(self._null, by=int((~known).sum()))
            outputs = outputs[known]
        if self._classes is None:
            self._counts.add_from(*self._predictions.counts(outputs))
        else:
            labels = self._class_of[np.argmax(outputs, axis=1)]
            self._counts.add_from(self._labels, np.bincount(labels))

    def text(self) -> bytes:
        """All counts in Prometheus' text format."""
        return self._series.text(self._counts.total())


@dataclass(frozen=True)
class _ByLabel:
    """A counter by label: its first place, and the number of the label of each name."""

    start: int
    numbers: np.ndarray
    labels: int


def _position(known: Sequence[str], found: str) -> int:
    return known.index(found if found in known else OTHER)


def _grouped(names: Sequence[str], most: int) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """The number of the label of each name, and the labels: no two are the same."""
    numbers: dict[str, int] = {}
    shown = [_shown(name) if position < most else OTHER for position, name in enumerate(names)]
    found = [numbers.setdefault(name, len(numbers)) for name in shown]
    return np.array(found, dtype="int64"), [(name,) for name in numbers]


def _shown(name: str) -> str:
    """A name as a label: short, and without what text may not hold."""
    return "".join(letter if letter.isprintable() else "�" for letter in name[:_LONGEST_LABEL])
