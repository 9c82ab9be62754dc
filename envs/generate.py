"""Write the MLprojects under envs/ from the root's: the same entry points, another environment."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = {"conda": "conda_env: ../../conda.yaml"}
_PYTHON = "python_env: python_env.yaml"
_NOTE = "# Generated from the MLproject at the root by `make projects`; change that one.\n"


def generate(root: str, environment: str) -> str:
    """The text of an MLproject two folders below the root, given the root's text."""
    if root.count(_PYTHON) != 1:
        raise ValueError(f"the root's MLproject must hold one line '{_PYTHON}'")
    below = root.replace(_PYTHON, environment)
    return _NOTE + below.replace("python -m steps.", "cd ../.. && python -m steps.")


def main() -> None:
    """Write every generated MLproject."""
    root = (ROOT / "MLproject").read_text(encoding="utf-8")
    for name, environment in ENVIRONMENTS.items():
        path = ROOT / "envs" / name / "MLproject"
        path.write_text(generate(root, environment), encoding="utf-8")


if __name__ == "__main__":
    main()
