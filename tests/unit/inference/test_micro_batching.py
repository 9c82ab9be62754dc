"""Who waits for whom: small requests for few rows, whatever else has come."""

import asyncio
from threading import Event

import numpy as np
import pandas as pd

from reprise.inference import http_app
from reprise.inference.micro_batching import _MOST_ROWS, Together

from .models import ROW, Doubling
from .test_bounds import parquet, rows_table
from .test_http_app import Client, asking


def rows(count: int, size: float) -> pd.DataFrame:
    return pd.DataFrame({"size": [size] * count, "flag": 1.0, "seen": pd.NaT, "who": "Ann"})


class Slow(Doubling):
    """It begins when it is told to, and notes the sizes of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[list[float]] = []
        self.may_begin = Event()

    def outputs_of(self, table: pd.DataFrame) -> np.ndarray:
        self.may_begin.wait(20)
        self.sizes.append(sorted(set(table["size"])))
        return super().outputs_of(table)


def test_small_requests_go_before_the_pieces_of_large_ones():
    async def act() -> list[list[float]]:
        model = Slow()
        together = Together(model)
        large = [together.outputs(rows(3 * _MOST_ROWS, 100.0 + n)) for n in range(3)]
        small = [together.outputs(rows(2, 1.0 + n)) for n in range(3)]
        waiting = asyncio.gather(*large, *small)
        await asyncio.sleep(0)  # all of them wait, the first is being predicted
        model.may_begin.set()
        answers = await waiting
        assert [set(each) for each in answers[3:]] == [{2.0}, {4.0}, {6.0}]
        assert [len(each) for each in answers[:3]] == [3 * _MOST_ROWS] * 3
        return model.sizes

    calls = asyncio.run(act())
    assert all(len(sizes) == 1 or max(sizes) < 100 for sizes in calls)
    place = max(number for number, sizes in enumerate(calls) if min(sizes) < 100)
    assert place <= 1, calls


def test_packed_rows_wait_for_each_other_however_few_bytes_they_take(monkeypatch):
    monkeypatch.setattr(http_app, "_LARGE_AT_ONCE", 0)  # large bodies wait for ever

    async def act(client: Client) -> bool:
        waiting = asyncio.create_task(
            client.ask("/invocations", parquet(rows_table(5)), "application/vnd.apache.parquet")
        )
        for _ in range(3):  # they are read and predicted after it, if it is
            assert (await client.predict(ROW))[0] == 200
        done = waiting.done()
        waiting.cancel()
        return done

    assert not asking(act)
