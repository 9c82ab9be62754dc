"""A team's server is open to its own machine, and to others by TLS alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import requests

from .team import Team, compose, team_server


def test_without_tls_only_this_machine_reaches_a_service():
    published = [port for each in compose().values() for port in each.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


@pytest.fixture(scope="module")
def secured(server_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """The server with the files that compose.tls.yaml is given."""
    tls = tmp_path_factory.mktemp("tls")
    subject = ("-subj", "/CN=mlflow", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    files = ("-keyout", tls / "key.pem", "-out", tls / "cert.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    with team_server(tmp_path_factory.mktemp("secured"), server_environment, tls) as running:
        yield running


@pytest.mark.servers
def test_a_run_is_recorded_by_tls_with_the_certificate_checked(secured, monkeypatch):
    for name, value in secured.add_user("ann").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    mlflow.set_tracking_uri(secured.uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(mlflow.MlflowException, match="certificate verify failed"):
        mlflow.set_experiment("secure")
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(secured.certificate))
    mlflow.set_experiment("secure")
    with mlflow.start_run() as run:
        mlflow.log_text("kept", "note.txt")
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt") == "kept"


@pytest.mark.servers
def test_nothing_is_told_in_the_clear_and_the_health_check_holds(secured):
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{secured.port}/health", timeout=10)
    _, python, option, code = compose("compose.tls.yaml")["mlflow"]["healthcheck"]["test"]
    assert (python, option) == ("python", "-c")
    code = code.replace(":5000", f":{secured.port}")
    subprocess.run([sys.executable, "-c", code], check=True)
