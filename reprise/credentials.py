"""Users and passwords in URLs: kept out of whatever is printed, logged or recorded."""

import os
import re
from urllib.parse import unquote, urlsplit

_URI = "MLFLOW_TRACKING_URI"
_USER = re.compile(r"(?<=://)[^/\s'\"]*@")


def hidden(text: str) -> str:
    """The text with every URL in it without its user and password."""
    return _USER.sub("", text)


def take_out_of_tracking_uri() -> None:
    """Move user and password from the URI of a tracking server to the variables made for them.

    MLflow prints that URI with every run that it ends.
    """
    uri = os.environ.get(_URI, "")
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or parts.username is None:
        return
    os.environ[_URI] = hidden(uri)
    os.environ["MLFLOW_TRACKING_USERNAME"] = unquote(parts.username)
    os.environ["MLFLOW_TRACKING_PASSWORD"] = unquote(parts.password or "")
