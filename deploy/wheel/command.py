"""The command `reprise` of the wheel: the project that it carries, run where it is typed.

The project lies in the wheel as it lies in a clone, in a folder that nothing imports by accident;
the steps run in a process of their own, as under `mlflow run`.
"""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent / "project"


def main() -> None:
    """Become `python -m steps` with the same arguments."""
    environment = dict(os.environ)
    # For whatever a step starts: this Python and its programs, and the project's modules.
    for name, place in (("PATH", Path(sys.executable).parent), ("PYTHONPATH", PROJECT)):
        environment[name] = os.pathsep.join(filter(None, [str(place), environment.get(name)]))
    environment.setdefault("MLFLOW_EXPERIMENT_NAME", "reprise")
    # -P: a folder or file called `steps` or `reprise` where this is typed is not ours.
    os.execve(sys.executable, [sys.executable, "-P", "-m", "steps", *sys.argv[1:]], environment)
