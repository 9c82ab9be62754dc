"""Requests that wait at the same time are predicted in one call: a call costs more than a row."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from queue import Empty, SimpleQueue
from threading import Thread

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from reprise.inference.outputs import outputs_of
from reprise.predictor import TabularModel, WrongValue

# Rows in one call, which take about twice as long as one. A request with more is predicted piece by
# piece, smaller ones in between.
_MOST_ROWS = 2_000


@dataclass(frozen=True)
class _Waiting:
    rows: pd.DataFrame
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[np.ndarray]"

    def give(self, found: np.ndarray | BaseException) -> None:
        """Answer, from the thread that predicts."""
        try:
            self.loop.call_soon_threadsafe(self._set, found)
        except RuntimeError:  # the loop has ended, and its clients with it
            return

    def _set(self, found: np.ndarray | BaseException) -> None:
        if self.answer.done():  # the client has gone
            return
        if isinstance(found, BaseException):
            self.answer.set_exception(_Failed(found))
        else:
            self.answer.set_result(found)


class _Failed(Exception):
    """A future takes no StopIteration, and one of SystemExit would end the server."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _raised(cause: BaseException, before: int) -> Exception:
    """What to raise for a piece of a request that comes after so many rows."""
    if isinstance(cause, WrongValue):
        return cause.after(before)
    if isinstance(cause, Exception):
        return cause
    return RuntimeError(f"the model ended with {type(cause).__name__}")


class Together:
    """Predicts in one thread whatever waits; nobody waits for others to come.

    A row has the same prediction in any company, so who else waits shows in no answer. What was
    predicted in one call, and the outputs, are `seen` before anyone is answered.
    """

    def __init__(
        self,
        model: TabularModel,
        seen: Callable[[pd.DataFrame, np.ndarray], object] = lambda rows, outputs: None,
    ) -> None:
        self._model, self._seen = model, seen
        self._queue: SimpleQueue[_Waiting] = SimpleQueue()
        self._later: list[_Waiting] = []
        self._thread = Thread(target=self._work, name="predicting", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether there is still a thread that predicts."""
        return self._thread.is_alive()

    async def outputs(self, rows: pd.DataFrame) -> np.ndarray:
        """Outputs of the model for rows in plain form.

        Raises WrongValue for a value that the model cannot take, and what else the model raises.
        """
        loop = asyncio.get_running_loop()
        found = []
        for start in range(0, len(rows), _MOST_ROWS):
            piece = rows if len(rows) <= _MOST_ROWS else rows.iloc[start : start + _MOST_ROWS]
            waiting = _Waiting(piece, loop, loop.create_future())
            self._queue.put(waiting)
            if not self.alive:
                raise RuntimeError("the thread that predicts has ended")
            try:
                found.append(await waiting.answer)
            except _Failed as failed:
                raise _raised(failed.cause, start) from None
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _work(self) -> None:
        waiting: list[_Waiting] = []
        try:
            # Threads of a request wait for each other, and for those of whatever else there is.
            with threadpool_limits(limits=1):
                while True:
                    waiting = self._next()
                    self._answer(waiting)
        finally:
            ended = RuntimeError("the thread that predicts has ended")
            for each in (*waiting, *self._later):
                each.give(ended)
            while not self._queue.empty():
                self._queue.get_nowait().give(ended)

    def _next(self) -> list[_Waiting]:
        """Those with the fewest rows of all that wait, as many as make one call."""
        if not self._later:
            self._later.append(self._queue.get())
        with suppress(Empty):
            while True:
                self._later.append(self._queue.get_nowait())
        self._later.sort(key=lambda each: len(each.rows))
        ends = accumulate(len(each.rows) for each in self._later)
        count = max(1, sum(end <= _MOST_ROWS for end in ends))
        chosen, self._later = self._later[:count], self._later[count:]
        return chosen

    def _answer(self, waiting: list[_Waiting]) -> None:
        """Answer them all, whatever happens: a request that fails fails alone."""
        try:
            frames = [each.rows for each in waiting]
            together = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            outputs = outputs_of(self._model, together)
            self._seen(together, outputs)
            parts = np.split(outputs, np.cumsum([len(rows) for rows in frames])[:-1])
        except BaseException as error:
            if len(waiting) == 1:
                waiting[0].give(error)
                return
            for each in waiting:
                self._answer([each])
            return
        for each, part in zip(waiting, parts, strict=True):
            each.give(part)
