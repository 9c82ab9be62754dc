"""deploy/webhooks: a real MLflow server tells a real receiver that an alias has moved."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Empty, Queue

import mlflow
import pytest
import requests
from cryptography.fernet import Fernet

from tests.servers.processes import free_port, is_healthy, running

ROOT = Path(__file__).resolve().parents[2]
SECRET = "not a secret anywhere else"

pytestmark = pytest.mark.servers


@contextmanager
def chat() -> Iterator[tuple[str, Queue]]:
    """An address that takes messages, and the messages."""
    heard: Queue = Queue()

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Chat) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", heard
        server.shutdown()


@pytest.fixture
def told(tmp_path, monkeypatch) -> Iterator[tuple[str, int, Queue]]:
    """A server with a webhook, the port of the relay that it calls, and what a chat hears of it."""
    port, relay = free_port(), free_port()
    store = f"sqlite:///{tmp_path}/server.db"
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", store, "--artifacts-destination", str(tmp_path / "served")]
    here = {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    script = [sys.executable, str(ROOT / "deploy/webhooks/relay.py"), "--port", str(relay)]
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    with chat() as (address, heard):
        monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
        monkeypatch.setenv("CHAT_URL", address)

        def listens() -> bool:
            try:
                answer = requests.post(f"http://127.0.0.1:{relay}", data="{}", timeout=5)
                return answer.status_code == 401
            except requests.ConnectionError:
                return False

        with (
            running(command, lambda: is_healthy(port), tmp_path / "server.log"),
            running(script, listens, tmp_path / "relay.log"),
        ):
            uri = f"http://127.0.0.1:{port}"
            mlflow.MlflowClient(uri, uri).create_webhook(
                "aliases",
                f"http://127.0.0.1:{relay}/",
                ["model_version_alias.created"],
                secret=SECRET,
            )
            yield uri, relay, heard


def test_a_champion_that_moves_is_said_and_nothing_that_is_not_signed(told, tmp_path):
    uri, relay, heard = told
    client = mlflow.MlflowClient(uri, uri)
    run = client.create_run(client.create_experiment("prices")).info
    client.create_registered_model("prices")
    for version in ("1", "2"):
        client.create_model_version("prices", f"{run.artifact_uri}/model", run.run_id)
        client.set_registered_model_alias("prices", "champion", version)
        said = {"text": f"prices: champion is version {version} now"}
        assert heard.get(timeout=120) == said
    client.set_registered_model_tag("prices", "of no", "interest")
    forged = {
        "entity": "model_version_alias",
        "action": "created",
        "data": {"name": "prices", "alias": "champion", "version": "9"},
    }
    signed = {"X-MLflow-Timestamp": "1", "X-MLflow-Signature": "v1,x", "X-MLflow-Delivery-Id": "1"}
    late = signed | {"X-MLflow-Timestamp": str(int(time.time()))}
    for headers in ({}, signed, late):
        answer = requests.post(f"http://127.0.0.1:{relay}", json=forged, headers=headers, timeout=9)
        assert answer.status_code == 401
    with pytest.raises(Empty):
        heard.get(timeout=1)


def test_the_secret_is_not_readable_in_the_server_s_database(told, tmp_path):
    assert (tmp_path / "server.db").stat().st_size
    for file in tmp_path.glob("server.db*"):
        assert SECRET.encode() not in file.read_bytes()
