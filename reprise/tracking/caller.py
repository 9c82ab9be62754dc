"""Where a person has typed a command: `mlflow run` changes to the project's folder before ours."""

import os
from pathlib import Path

from reprise.runtime.paths import ROOT
from reprise.tracking.contract import TYPED_IN_VARIABLE


def note_folder() -> None:
    """Have the steps of this process and of those that it starts know where they were typed."""
    if TYPED_IN_VARIABLE not in os.environ and (folder := _folder_of_mlflow()) is not None:
        os.environ[TYPED_IN_VARIABLE] = str(folder)


def folders() -> list[Path]:
    """Where a relative path may lie: where it was typed, then in the project, each once."""
    here = Path.cwd()
    return list(dict.fromkeys((Path(os.environ.get(TYPED_IN_VARIABLE, here)), here)))


def placed(path: str) -> str:
    """The absolute path of a file to be written: a relative one lies where it was typed."""
    return str(folders()[0] / Path(path).expanduser())


def _folder_of_mlflow() -> Path | None:
    """The folder of the process that runs the project; None where that is not `mlflow run`.

    MLflow starts `bash -c`, which may have become this process. In a container both are unknown.
    """
    if "MLFLOW_RUN_ID" not in os.environ or Path.cwd() != ROOT:
        return None
    import psutil

    try:
        caller = psutil.Process().parent()
        if caller is not None and _is_bash(caller.cmdline()):
            caller = caller.parent()
        return None if caller is None else Path(caller.cwd())
    except psutil.Error:
        return None


def _is_bash(command: list[str]) -> bool:
    return len(command) > 1 and Path(command[0]).name == "bash" and command[1] == "-c"
