"""Counts that several processes add to, each in a file of its own, and any of them adds up."""

from itertools import count
from pathlib import Path
from threading import Lock

import numpy as np

from reprise.runtime.held import hold

_BYTES = np.dtype("float64").itemsize


class Counts:
    """So many numbers from 0 up; in a folder they are those of all processes that name it.

    A process takes a file that nobody holds, so one that replaces a dead one goes on from its
    counts. All must have the same `size`.
    """

    def __init__(self, size: int, folder: Path | None = None) -> None:
        self._folder, self._size = folder, size
        self._adding = Lock()
        self._own: np.ndarray = np.zeros(size) if folder is None else _claimed(folder, size)

    def add(self, *places: int, by: float = 1.0) -> None:
        """Count at these places."""
        with self._adding:
            for place in places:
                self._own[place] += by

    def add_from(self, start: int, counts: np.ndarray) -> None:
        """Add to as many places, from `start` on."""
        with self._adding:
            self._own[start : start + len(counts)] += counts

    def total(self) -> np.ndarray:
        """The counts of all processes now, float64 of shape (size,)."""
        if self._folder is None:
            return self._own.copy()
        total = np.zeros(self._size)
        for path in self._folder.iterdir():
            found = np.fromfile(path)
            if len(found) == self._size:  # one that is being made has nothing yet
                total += found
        return total


def _claimed(folder: Path, size: int) -> np.ndarray:
    """The numbers in the first file that nobody holds, which this process holds to its end."""
    for number in count():
        path = folder / str(number)
        path.touch(mode=0o600)
        if hold(path) is not None:
            break
    with path.open("r+b") as file:
        file.truncate(size * _BYTES)
    return np.memmap(path, dtype="float64", mode="r+", shape=(size,))
