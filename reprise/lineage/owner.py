"""Which process a run belongs to, and the end of runs whose process has died."""

import os
import socket
from functools import cache
from pathlib import Path

import mlflow
from mlflow.entities import Run, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from reprise.lineage import holding

ERROR_TAG = "reprise.error"
TAG = "reprise.process"
_MOST = 1000
_HELD = "held"
# What Linux calls the pid namespace outside of any container.
_OUTERMOST = "pid:[4026531836]"


def owner() -> str:
    """This process: `<host> <machine id> <boot id> <pid namespace> <pid> <start> [held]`.

    `start` counts clock ticks since boot, so that a pid that is used again is another process.
    `held` says that it holds the artifact folder of its run.
    """
    held = [_HELD] if holding.holds() else []
    return " ".join([*_machine(), str(os.getpid()), _start_of(os.getpid()) or "0", *held])


def end_orphans(experiment_id: str) -> list[str]:
    """Mark RUNNING runs as KILLED whose process on this machine is gone; return their ids.

    A process in another container is gone where it has let go of the artifact folder that it
    held. One of another machine cannot be seen from here: its runs are left alone.
    """
    client, ended = mlflow.MlflowClient(), []
    running = client.search_runs(
        [experiment_id],
        f"attributes.status = 'RUNNING' AND tags.`{TAG}` LIKE '%'",
        max_results=_MOST,
    )
    for run in running:
        tag = run.data.tags[TAG].split()
        # It may have ended by itself since the search.
        if _is_dead(run, tag) and client.get_run(run.info.run_id).info.status == "RUNNING":
            reason = f"its process {tag[4]} on {tag[0]} died"
            client.log_batch(run.info.run_id, tags=[RunTag(ERROR_TAG, reason)])
            client.set_terminated(run.info.run_id, "KILLED")
            ended.append(run.info.run_id)
    return ended


def end_children(parent: Run) -> None:
    """Mark RUNNING runs nested in `parent` that belong to this process as KILLED."""
    client = mlflow.MlflowClient()
    running = client.search_runs(
        [parent.info.experiment_id],
        f"attributes.status = 'RUNNING' AND tags.`{MLFLOW_PARENT_RUN_ID}` = "
        f"'{parent.info.run_id}' AND tags.`{TAG}` = '{owner()}'",
        max_results=_MOST,
    )
    for run in running:
        client.set_terminated(run.info.run_id, "KILLED")


def _is_dead(run: Run, tag: list[str]) -> bool:
    machine, pid, start, *held = tag[:4], *tag[4:]
    if machine == _machine():
        return _start_of(int(pid)) != start
    here = _machine()
    if held and machine[2] == here[2]:
        return holding.is_let_go(_holder(run))
    # Processes of this machine outside of containers do not survive its restart.
    outside = machine[3] == here[3] == _OUTERMOST
    return outside and machine[:2] == here[:2] and machine[2] != here[2]


def _holder(run: Run) -> Run:
    """The run whose folder is held for this one: its parent's, where one process has both."""
    parent = run.data.tags.get(MLFLOW_PARENT_RUN_ID)
    above = mlflow.get_run(parent) if parent else run
    return above if above.data.tags.get(TAG) == run.data.tags[TAG] else run


@cache
def _machine() -> list[str]:
    host = socket.gethostname().replace(" ", "-").replace("'", "")
    boot = _text("/proc/sys/kernel/random/boot_id")
    return [host or "host", _text("/etc/machine-id") or "-", boot or "-", _namespace()]


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "-"


def _start_of(pid: int) -> str | None:
    """When a process started, None where there is none (a zombie does nothing any more)."""
    stat = _text(f"/proc/{pid}/stat")
    if stat:
        state, *fields = stat.rpartition(")")[2].split()
        return None if state in "ZX" else fields[18]
    import psutil

    try:
        return str(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def _text(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
