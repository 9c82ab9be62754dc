"""A table behind a URL is fetched once a main, and is recorded as it was fetched."""

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from .conftest import Workplace
from .prover import folder_of

pytestmark = pytest.mark.slow

MAIN = ("--models", "elasticnet", "--tune_model", "none", "--refit", "none")


def content(number: int) -> bytes:
    """What is answered to a request: each another table, whose largest target is its number."""
    rows = [f"{n},{n * n % 13},{number * n / 99}" for n in range(100)]
    return "\n".join(["a,b,target", *rows, ""]).encode()


@pytest.fixture
def served() -> Iterator[tuple[str, list[str]]]:
    """The address of a table, and the requests for it so far."""
    requests: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            body = content(len(requests))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/table.csv", requests
        server.shutdown()


def test_a_main_fetches_its_table_once_and_digests_what_it_fetched(workplace: Workplace, served):
    url, requests = served
    mains = [("warm", "use"), ("mlflow-run", "use"), ("warm", "off")]
    for number, (execution, cache) in enumerate(mains, start=1):
        more = ("--execution", execution, "--cache", cache)
        done = workplace.step("main", *MAIN, "--data", url, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(requests) == number, execution
        run = workplace.children(workplace.runs("main")[0])["prepare"]
        expected = hashlib.sha256(content(number)).hexdigest()
        assert run.data.tags["reprise.input.data"] == expected
        parts = [
            pd.read_parquet(folder_of(run) / "table" / f"{part}.parquet")
            for part in ("train", "validation", "test")
        ]
        assert max(part["target"].max() for part in parts) == number
        if cache == "use":
            identity = json.loads((folder_of(run) / "fingerprint.json").read_text())
            assert identity["inputs"]["data"] == expected
    workplace.call(sys.executable, "-m", "reprise", "stop")
