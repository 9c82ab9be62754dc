"""Processes of this machine that may be about to work on a run that `mlflow run` has made.

`mlflow run` makes a run long before it starts the command that belongs to it: it builds the
environment first. Only its process tells that it is still at work.
"""

from pathlib import Path
from typing import Any

from reprise.tracking.container import store_path

_DEFAULT = "sqlite:///mlflow.db"


def are_there(run_id: str, began: float, store: Path) -> bool:
    """Whether a process has this run in its environment, or may have made it.

    It may have if it is an `mlflow run` on this store that started before the run began, in seconds
    since the epoch, and has not started its command yet. Processes of other users are not seen, and
    a program that calls `mlflow.run` itself looks like any other.
    """
    import psutil

    found = [_Facts(process) for process in psutil.process_iter()]
    at_work = {facts.parent for facts in found if facts.run_id}
    return any(
        facts.run_id == run_id
        # One `mlflow run` makes one run.
        or (facts.started <= began + 1 and facts.pid not in at_work and facts.is_mlflow_run(store))
        for facts in found
    )


class _Facts:
    """What can be known of a process; nothing of one that has ended, or is another user's."""

    def __init__(self, process: Any) -> None:
        import psutil

        self.pid: int = process.pid
        self.words: list[str] = []
        self.run_id, self.started, self.parent = "", 0.0, 0
        self.store: Path | None = None
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                self.started, self.parent = process.create_time(), process.ppid()
                variables, folder = process.environ(), Path(process.cwd())
                self.run_id = variables.get("MLFLOW_RUN_ID", "")
                self.store = store_path(variables.get("MLFLOW_TRACKING_URI") or _DEFAULT, folder)
                self.words = process.cmdline()
        except (psutil.Error, OSError):
            pass

    def is_mlflow_run(self, store: Path) -> bool:
        """As in `python3 /bin/mlflow run …`, `python -m mlflow run …`."""
        names = [Path(word).name for word in self.words]
        here = self.store is not None and self.store.resolve() == store.resolve()
        return here and "mlflow" in names[1:] and "run" in names and "python" in names[0]
