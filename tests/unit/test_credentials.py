"""Users and passwords of URLs are hidden; other text is as it was."""

import os

import pytest

from reprise.credentials import hidden, take_out_of_tracking_uri
from reprise.errors import RepriseError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:pass@host/t.csv", "https://host/t.csv"),
        ("at postgresql+psycopg://me:p@ss@host/db, 'http://t0ken@h'", None),
        ("models:/reprise@champion", "models:/reprise@champion"),
        ("https://host/a@b", "https://host/a@b"),
    ],
)
def test_urls_lose_user_and_password(text, expected):
    found = hidden(text)
    expected = expected or "at postgresql+psycopg://host/db, 'http://h'"
    assert found == expected
    assert str(RepriseError(text)) == expected


def test_a_tracking_uri_is_taken_apart(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:p%40ss@host:5000/mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "")
    take_out_of_tracking_uri()
    assert os.environ["MLFLOW_TRACKING_URI"] == "https://host:5000/mlflow"
    assert os.environ["MLFLOW_TRACKING_USERNAME"] == "me"
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "p@ss"


def test_a_store_without_a_server_keeps_its_uri(monkeypatch):
    uri = "postgresql://me:pass@host/db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    take_out_of_tracking_uri()
    assert os.environ["MLFLOW_TRACKING_URI"] == uri
