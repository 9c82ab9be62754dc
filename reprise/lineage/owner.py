"""Which process a run belongs to, and the end of runs whose process has died."""

import os
import socket
from functools import cache
from pathlib import Path

import mlflow
from mlflow.entities import Run, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

ERROR_TAG = "reprise.error"
TAG = "reprise.process"
_MOST = 1000
# What Linux calls the pid namespace outside of any container.
_OUTERMOST = "pid:[4026531836]"


def owner() -> str:
    """This process: `<host> <machine id> <boot id> <pid namespace> <pid> <start>`.

    `start` counts clock ticks since boot, so that a pid that is used again is another process.
    """
    return " ".join([*_machine(), str(os.getpid()), _start_of(os.getpid()) or "0"])


def end_orphans(experiment_id: str) -> list[str]:
    """Mark RUNNING runs as KILLED whose process on this machine is gone; return their ids.

    A process of another machine, or of a container, cannot be seen from here: its runs are left
    alone.
    """
    client, ended = mlflow.MlflowClient(), []
    host, machine, *_ = _machine()
    running = client.search_runs(
        [experiment_id],
        f"attributes.status = 'RUNNING' AND tags.`{TAG}` LIKE '{host} {machine} %'",
        max_results=_MOST,
    )
    for run in running:
        if _is_dead(run.data.tags[TAG].split()):
            reason = f"its process {run.data.tags[TAG].split()[4]} on {host} died"
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


def _is_dead(tag: list[str]) -> bool:
    *machine, pid, start = tag
    if machine == _machine():
        return _start_of(int(pid)) != start
    # Processes of this machine outside of containers do not survive its restart.
    return machine[3] == _machine()[3] == _OUTERMOST and machine[2] != _machine()[2]


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
