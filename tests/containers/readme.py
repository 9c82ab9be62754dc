"""The commands of README's section on containers, which the tests run as they stand there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADING = "## Containers, servers, Kubernetes\n"
# What each test asks for, by how the line begins.
KNOWN = (
    "make image",
    "mlflow run envs/docker -P",
    "mlflow server",
    "export MLFLOW_TRACKING_URI=http://$HOSTNAME",
    "cp deploy/.env.example",
    "docker compose",
    "export MLFLOW_TRACKING_URI=http://localhost",
    "kubectl create secret generic mlflow-credentials",
    "export KUBE_MLFLOW_TRACKING_URI",
    "mlflow run envs/docker --build-image",
)


def lines() -> list[str]:
    """Every command of the section, without its comment."""
    section = (ROOT / "README.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    return [line.partition("    #")[0] for line in re.findall(r"^    (\S.*)$", section, re.M)]


def command(start: str) -> str:
    """The one command that begins so."""
    assert start in KNOWN
    (found,) = [line for line in lines() if line.startswith(start)]
    return found
