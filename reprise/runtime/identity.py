"""Which process this is, in words that tell it from every other one, and whether another lives."""

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

_HELD, _FOR = "held", "for"
# What Linux calls the pid namespace outside of any container.
_OUTERMOST = "pid:[4026531836]"
# The process of the user that this one, a job of the fork server, works for.
_client: tuple[int, str] | None = None


@dataclass(frozen=True)
class Identity:
    """A process: `<host> <machine id> <boot id> <pid namespace> <pid> <start> [held] [for …]`.

    `start` counts clock ticks since boot, so that a pid that is used again is another process.
    `held` says that it holds the artifact folder of its run. A job works `for <pid> <start>`.
    """

    machine: tuple[str, ...]
    pid: int
    start: str
    held: bool = False
    client: tuple[int, str] | None = None

    @classmethod
    def own(cls, held: bool = False) -> Self:
        """That of this process."""
        return cls(_machine(), os.getpid(), start_of(os.getpid()) or "0", held, _client)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The process that a text names; None where it names none."""
        words = text.split()
        client = None
        try:
            if _FOR in words[6:]:
                client = int(words[-2]), words[-1]
            return cls(tuple(words[:4]), int(words[4]), words[5], _HELD in words[6:7], client)
        except (IndexError, ValueError):
            return None

    def __str__(self) -> str:
        held = [_HELD] if self.held else []
        client = [_FOR, *map(str, self.client)] if self.client else []
        return " ".join([*self.machine, str(self.pid), self.start, *held, *client])

    def is_visible(self) -> bool:
        """Whether its pid means the same here."""
        return self.machine == _machine()

    def is_of_this_boot(self) -> bool:
        """Whether it runs, in whatever container, on the machine that this one runs on."""
        return self.machine[2] == _machine()[2]

    def is_gone(self) -> bool:
        """Whether it has ended for sure."""
        here = _machine()
        if self.machine == here:
            return start_of(self.pid) != self.start
        # Processes of this machine outside of containers do not survive its restart.
        outside = self.machine[3] == here[3] == _OUTERMOST
        return outside and self.machine[:2] == here[:2] and self.machine[2] != here[2]

    def is_left(self) -> bool:
        """Whether it lives, but what it works for has ended: it is about to end too."""
        if self.client is None or not self.is_visible() or self.is_gone():
            return False
        pid, start = self.client
        return start_of(pid) != start


def client() -> tuple[int, str]:
    """Pid and start of the process of the user that this one works for, or is."""
    return _client or (os.getpid(), start_of(os.getpid()) or "0")


def work_for(pid: int, start: str) -> None:
    """Say whom this process, a job, works for."""
    global _client
    _client = pid, start


def start_of(pid: int) -> str | None:
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


@cache
def _machine() -> tuple[str, ...]:
    host = socket.gethostname().replace(" ", "-").replace("'", "")
    boot = _text("/proc/sys/kernel/random/boot_id")
    return host or "host", _text("/etc/machine-id") or "-", boot or "-", _namespace()


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "-"


def _text(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
