"""Counts what processes ask of the store, and kills one of them at a chosen moment.

On PYTHONPATH this runs in every Python that starts; it acts in the jobs that a warm server forks.
Each event is a line `<run id> <pid> <function>` in events.txt of the working directory. A file
fault.txt there, `<number of the event> <kind>`, makes that event fail: kind `self` kills the
process, `client` the one that the user started, `all` everything that took part, `full` raises
what a full disk does. An artifact is half written when it happens.
"""

import errno
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

_TRACKING = (
    "create_run",
    "log_batch",
    "set_tag",
    "update_run_info",
    "log_inputs",
    "create_logged_model",
    "finalize_logged_model",
)
_REGISTRY = (
    "create_registered_model",
    "create_model_version",
    "update_model_version",
    "set_registered_model_alias",
)
_EVENTS = Path("events.txt")


def _install() -> None:
    import sys

    if "mlflow" not in sys.modules:
        return
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Registry
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Tracking

    for owner, names in ((Tracking, _TRACKING), (Registry, _REGISTRY)):
        for name in names:
            method = getattr(owner, name)
            if not hasattr(method, "counted"):
                setattr(owner, name, _counted(method, name))
    if not hasattr(LocalArtifactRepository.log_artifact, "counted"):
        for name in ("log_artifact", "log_artifacts"):
            method = getattr(LocalArtifactRepository, name)
            setattr(LocalArtifactRepository, name, _counted(method, name))


def _counted(method, name):
    def call(self, *arguments, **named):
        kind = _fault(name)
        if kind is not None and name.startswith("log_artifact"):
            _write_half(self, *arguments, **named)
        if kind == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        if kind is not None:
            _kill(kind)
        return method(self, *arguments, **named)

    call.counted = True
    return call


def _fault(name: str) -> str | None:
    from mlflow.tracking.fluent import _active_run_stack

    active = [run.info.run_id for run in _active_run_stack.get()] or ["-"]
    with _EVENTS.open("a") as file:
        file.write(f"{active[0]} {os.getpid()} {name}\n")
    fault = Path("fault.txt")
    if not fault.exists():
        return None
    number, kind = fault.read_text().split()
    return kind if len(_EVENTS.read_text().splitlines()) == int(number) else None


def _write_half(repository, local: str, artifact_path: str | None = None) -> None:
    target = Path(repository._artifact_dir) / (artifact_path or "")
    files = (
        [Path(local)]
        if Path(local).is_file()
        else sorted(path for path in Path(local).rglob("*") if path.is_file())
    )
    base = Path(local).parent if Path(local).is_file() else Path(local)
    last = files[len(files) // 2]
    for file in files[: len(files) // 2 + 1]:
        copy = target / file.relative_to(base)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    copy.write_bytes(last.read_bytes()[: last.stat().st_size // 2])


def _kill(kind: str) -> None:
    if kind == "self":
        os.kill(os.getpid(), signal.SIGKILL)
    pids = {int(Path("client.pid").read_text())}
    if kind == "all":
        pids |= {int(line.split()[1]) for line in _EVENTS.read_text().splitlines()} - {os.getpid()}
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if kind == "all":
        os.kill(os.getpid(), signal.SIGKILL)


os.register_at_fork(after_in_child=_install)
