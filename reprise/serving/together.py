"""Requests that wait at the same time are predicted in one call: a call costs more than a row."""

import asyncio
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from reprise.predictor import TabularModel, plain_features
from reprise.serving.messages import BadRequest

# Rows in one call, unless a single request has more.
_MOST_ROWS = 10_000


@dataclass(frozen=True)
class _Waiting:
    rows: pd.DataFrame
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[np.ndarray]"

    def give(self, found: np.ndarray | Exception) -> None:
        """Answer, from the thread that predicts."""
        self.loop.call_soon_threadsafe(self._set, found)

    def _set(self, found: np.ndarray | Exception) -> None:
        if self.answer.done():  # the client has gone
            return
        if isinstance(found, Exception):
            self.answer.set_exception(found)
        else:
            self.answer.set_result(found)


class Together:
    """Predicts in one thread whatever waits; nobody waits for others to come.

    A row has the same prediction in any company, so who else waits shows in no answer.
    """

    def __init__(self, model: TabularModel) -> None:
        self._model = model
        self._queue: SimpleQueue[_Waiting] = SimpleQueue()
        Thread(target=self._work, name="predicting", daemon=True).start()

    async def outputs(self, rows: pd.DataFrame) -> np.ndarray:
        """Outputs of the model for raw rows; raises BadRequest for rows that it cannot take."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(rows, loop, loop.create_future())
        self._queue.put(waiting)
        return await waiting.answer

    def _work(self) -> None:
        # Threads of a request wait for each other, and for those of whatever else the machine does.
        with threadpool_limits(limits=1):
            while True:
                self._answer(self._next())

    def _next(self) -> list[_Waiting]:
        waiting = [self._queue.get()]
        count = len(waiting[0].rows)
        while count < _MOST_ROWS:
            try:
                waiting.append(self._queue.get_nowait())
            except Empty:
                break
            count += len(waiting[-1].rows)
        return waiting

    def _answer(self, waiting: list[_Waiting]) -> None:
        checked: list[tuple[_Waiting, pd.DataFrame]] = []
        for each in waiting:
            try:
                checked.append((each, self._checked(each.rows)))
            except (ValueError, TypeError, ArithmeticError) as error:
                each.give(BadRequest(str(error)))
        if not checked:
            return
        try:
            frames = [rows for _, rows in checked]
            together = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            outputs = self._model.outputs_of(together)
        except Exception as error:
            for each, _ in checked:
                each.give(error)
            return
        ends = np.cumsum([len(rows) for _, rows in checked])
        for (each, _), part in zip(checked, np.split(outputs, ends[:-1]), strict=True):
            each.give(part)

    def _checked(self, rows: pd.DataFrame) -> Any:
        """The rows in plain form; ValueError where the model cannot take them."""
        if not len(rows):
            raise ValueError("a request must have rows, got none")
        return plain_features(rows, self._model.kinds)
