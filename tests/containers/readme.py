"""The commands of docs/deployment.md on containers, which the tests run as they stand there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "deployment.md"
# What each test asks for, by how the line begins.
KNOWN = (
    "make image",
    "mlflow run envs/docker -P",
    "mlflow server",
    "export MLFLOW_TRACKING_URI=http://$HOSTNAME",
    "cp deploy/.env.example",
    "docker compose --file deploy/compose.yaml up",
    "docker compose --file deploy/compose.yaml --file deploy/compose.tls.yaml",
    "export MLFLOW_TRACKING_URI=http://localhost",
    "kubectl create secret generic mlflow-credentials",
    "export KUBE_MLFLOW_TRACKING_URI",
    "mlflow run envs/docker --build-image",
)


def sections() -> list[str]:
    """The sections of the page, each with its heading."""
    return PAGE.read_text().split("\n## ")[1:]


def lines() -> list[str]:
    """Every command of the page in one line, without its comment."""
    text = re.sub(r"\\\n\s*", "", PAGE.read_text())
    found = "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)).splitlines()
    return [line.partition("    #")[0] for line in found]


def command(start: str) -> str:
    """The one command that begins so."""
    assert start in KNOWN
    (found,) = [line for line in lines() if line.startswith(start)]
    return found
