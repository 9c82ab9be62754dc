"""Takes webhooks of an MLflow server, and says in a chat where an alias of a model has moved.

    WEBHOOK_SECRET=... CHAT_URL=https://hooks.slack.com/services/... python3 relay.py --port 8080

`CHAT_URL` is an incoming webhook of Slack, or of anything that takes {"text": ...} by POST. What is
not signed with the secret, or is older than five minutes, is refused. It needs nothing but python3;
TLS is for a proxy in front.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.request
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OLDEST = 300  # seconds
LARGEST = 1 << 20


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Whether a delivery carries the signature of MLflow's server, made within five minutes."""
    moment, given = headers.get("X-MLflow-Timestamp", ""), headers.get("X-MLflow-Signature", "")
    if not moment.isdigit() or abs(now - int(moment)) > OLDEST:
        return False
    signed = f"{headers.get('X-MLflow-Delivery-Id', '')}.{moment}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}"
    return hmac.compare_digest(given.encode(), expected.encode())


def message(event: Mapping[str, Any]) -> str | None:
    """What to say of an event; None where there is nothing to say."""
    if event.get("entity") != "model_version_alias" or event.get("action") != "created":
        return None
    moved = event["data"]
    return f"{moved['name']}: {moved['alias']} is version {moved['version']} now"


class Relay(BaseHTTPRequestHandler):
    """Answers a webhook: 204 where it was heard, 401 where it is not signed, 502 without a chat."""

    secret = chat = ""

    def do_POST(self) -> None:
        """Take one delivery."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST:
            self._answer(413)
            return
        body = self.rfile.read(int(length))
        if not is_signed(dict(self.headers.items()), body, self.secret, time.time()):
            self._answer(401)
            return
        try:
            text = message(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            self._answer(400)
            return
        # MLflow delivers again what is answered with 502.
        self._answer(204 if text is None or self._say(text) else 502)

    def _say(self, text: str) -> bool:
        content = json.dumps({"text": text}).encode()
        asked = urllib.request.Request(
            self.chat, content, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(asked, timeout=10):
                return True
        except OSError as error:
            print(f"the chat has not heard: {error}", file=sys.stderr, flush=True)
            return False

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Listen until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    asked = parser.parse_args()
    for name in ("WEBHOOK_SECRET", "CHAT_URL"):
        if not os.environ.get(name):
            sys.exit(f"error: {name} must be set, got nothing: export it")
    Relay.secret, Relay.chat = os.environ["WEBHOOK_SECRET"], os.environ["CHAT_URL"]
    with ThreadingHTTPServer((asked.host, asked.port), Relay) as server:
        print(f"listening on {asked.host}:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
