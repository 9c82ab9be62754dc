"""Write the MLprojects under envs/ from the root's: the same entry points, another environment."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PYTHON = "python_env: python_env.yaml"
_COMMAND = "python -m steps."
_NOTE = "# Generated from the MLproject at the root by `make projects`; change that one.\n"
_DOCKER = """\
docker_env:
  image: reprise
  environment:
    # bash, which MLflow starts the container from, replaces $(...) on the host: see mounts.py.
    - - MLFLOW_TRACKING_URI
      - $(python3 mounts.py $PPID "$BASH_EXECUTION_STRING" || kill $$)"""


@dataclass(frozen=True)
class Environment:
    """What an MLproject two folders below the root says where the root's names its python_env."""

    declared: str
    command: str


ENVIRONMENTS = {
    "conda": Environment("conda_env: ../../conda.yaml", f"cd ../.. && {_COMMAND}"),
    "docker": Environment(_DOCKER, _COMMAND),
}


def generate(root: str, environment: Environment) -> str:
    """The text of an MLproject under envs/, given the root's text."""
    if root.count(_PYTHON) != 1:
        raise ValueError(f"the root's MLproject must hold one line '{_PYTHON}'")
    below = root.replace(_PYTHON, environment.declared)
    return _NOTE + below.replace(_COMMAND, environment.command)


def main() -> None:
    """Write every generated MLproject."""
    root = (ROOT / "MLproject").read_text(encoding="utf-8")
    for name, environment in ENVIRONMENTS.items():
        path = ROOT / "envs" / name / "MLproject"
        path.write_text(generate(root, environment), encoding="utf-8")


if __name__ == "__main__":
    main()
