"""Credentials in URLs: moved to the variables made for them, and kept out of what a run shows."""

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from reprise.errors import hidden

_URI = "MLFLOW_TRACKING_URI"


def take_out_of_tracking_uri() -> None:
    """Move user and password from the URI of a tracking server to the variables made for them.

    MLflow prints that URI with every run that it ends.
    """
    uri = os.environ.get(_URI, "")
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or parts.username is None:
        return
    os.environ[_URI] = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    os.environ["MLFLOW_TRACKING_USERNAME"] = unquote(parts.username)
    os.environ["MLFLOW_TRACKING_PASSWORD"] = unquote(parts.password or "")


def without_secrets(tags: Mapping[str, str]) -> dict[str, str]:
    """Those of these tags that hold a secret in a URL, without it.

    MLflow writes the address of a project into them before any code of ours runs.
    """
    found = {name: hidden(value) for name, value in tags.items()}
    return {name: value for name, value in found.items() if value != tags[name]}


def secrets_note(parameters: Mapping[str, str]) -> str | None:
    """What to say where MLflow has logged parameters with secrets in URLs: none can be changed."""
    names = [name for name, value in parameters.items() if hidden(value) != value]
    if not names:
        return None
    return (
        f"note: `mlflow run` has logged {', '.join(names)} with what lets its reader in, for all "
        "who can read this run: let that expire, or delete the run"
    )
