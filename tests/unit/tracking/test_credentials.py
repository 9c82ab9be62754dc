"""User and password of a tracking server stand in variables, and no longer in its URI."""

import os

from reprise.tracking.credentials import secrets_note, take_out_of_tracking_uri, without_secrets


def test_a_tracking_uri_is_taken_apart(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:p%40ss@host:5000/mlflow?token=a")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "")
    take_out_of_tracking_uri()
    assert os.environ["MLFLOW_TRACKING_URI"] == "https://host:5000/mlflow?token=a"
    assert os.environ["MLFLOW_TRACKING_USERNAME"] == "me"
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "p@ss"


def test_a_store_without_a_server_keeps_its_uri(monkeypatch):
    uri = "postgresql://me:pass@host/db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    take_out_of_tracking_uri()
    assert os.environ["MLFLOW_TRACKING_URI"] == uri


def test_what_mlflow_writes_of_a_projects_address_lets_nobody_in():
    tags = {
        "mlflow.source.name": "https://t0ken@host/r.git#envs/docker",
        "mlflow.source.git.repoURL": "https://host/r.git",
    }
    assert without_secrets(tags) == {"mlflow.source.name": "https://host/r.git#envs/docker"}


def test_a_logged_parameter_with_a_secret_is_named_and_not_shown():
    note = secrets_note({"data": "'https://h/t.csv?X-Amz-Signature=s3cr3t'", "target": "y"})
    assert note is not None
    assert "has logged data with" in note
    assert "s3cr3t" not in note
    assert secrets_note({"data": "https://h/t.csv?page=2"}) is None
