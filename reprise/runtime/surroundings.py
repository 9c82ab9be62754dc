"""What a process hands on to those that it starts, beside its environment variables."""

import os
import resource
from contextlib import suppress
from pathlib import Path

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
# Rights, umask, processors and memory nodes, as Linux tells them.
_STATUS = ("Umask", "Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", "Cap", "Cpus_", "Mems_")


def surroundings() -> list[str]:
    """In words: rights, umask, processors, priority, limits, cgroup and namespaces.

    A process can take few of them on later, and what it has imported has gone by others already.
    """
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return [
        *(f"{name} {resource.getrlimit(getattr(resource, name))}" for name in limits),
        f"nice {os.getpriority(os.PRIO_PROCESS, 0)} {_scheduling()}",
        *(line for line in _read("status").splitlines() if line.startswith(_STATUS)),
        _read("cgroup"),
        _read("oom_score_adj"),
        *(_namespace(name) for name in _NAMESPACES),
    ]


def _scheduling() -> str:
    try:
        return f"{os.sched_getscheduler(0)} {os.sched_getparam(0).sched_priority}"
    except (AttributeError, OSError):
        return ""


def _read(name: str) -> str:
    with suppress(OSError):
        return Path(f"/proc/self/{name}").read_text()
    return ""


def _namespace(name: str) -> str:
    with suppress(OSError):
        return str(Path(f"/proc/self/ns/{name}").readlink())
    return ""
