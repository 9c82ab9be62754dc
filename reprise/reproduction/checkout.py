"""The code that a run ran: the present checkout where it is the same, else a tree of its own."""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from reprise.errors import RepriseError
from reprise.lineage.artifacts import read_bytes
from reprise.lineage.code import modules_of, reachable_code
from reprise.lineage.phrases import listed
from reprise.lineage.recorded import Recorded
from reprise.lineage.recording import SOURCE_DIFF
from reprise.lineage.source import ROOT

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# The user's hooks are for the user's checkouts.
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false")


@dataclass(frozen=True)
class Tree:
    """A folder with the code of a run, and how it was come by, in words."""

    root: Path
    origin: str

    @property
    def is_present(self) -> bool:
        """Whether it is the checkout that this process runs from."""
        return self.root == ROOT


class Trees:
    """The trees that a reproduction needs; a context that takes away again what it has made."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Tree] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Trees":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, recorded: Recorded) -> Tree:
        """The tree for a run; RepriseError that says what is missing where there is none."""
        if is_present(recorded):
            return Tree(ROOT, "the present checkout, which has the same code")
        commit, dirty = recorded.origin.commit, recorded.origin.dirty
        if not _COMMIT.fullmatch(commit):
            raise _unavailable(recorded, "no commit was recorded (the code was a zip or an image)")
        patch = _patch_of(recorded) if dirty else b""
        key = (commit, patch.decode("utf-8", "surrogateescape"))
        if key not in self._made:
            self._made[key] = self._make(recorded, commit, patch)
        _check(recorded, self._made[key].root)
        return self._made[key]

    def _make(self, recorded: Recorded, commit: str, patch: bytes) -> Tree:
        folder = tempfile.TemporaryDirectory(prefix="reprise-code-", ignore_cleanup_errors=True)
        root = Path(self._stack.enter_context(folder)) / "code"
        if _git(ROOT, "cat-file", "-e", f"{commit}^{{commit}}") is None:
            self._add_worktree(recorded, root, commit)
            origin = f"commit {commit[:12]} in a worktree of its own"
        else:
            url = recorded.repository
            if url is None:
                raise _unavailable(recorded, f"commit {commit} is not here, and no URL is recorded")
            _clone(recorded, url, commit, root)
            origin = f"commit {commit[:12]} from {url}"
        if patch:
            if (reason := _git(root, "apply", "--binary", "-", given=patch)) is not None:
                raise _unavailable(recorded, f"{SOURCE_DIFF} does not apply ({reason})")
            origin += f", with {SOURCE_DIFF}"
        return Tree(root, origin)

    def _add_worktree(self, recorded: Recorded, root: Path, commit: str) -> None:
        self._stack.callback(_git, ROOT, "worktree", "remove", "--force", str(root))
        reason = _git(ROOT, "worktree", "add", "--detach", str(root), commit)
        if reason is not None:
            raise _unavailable(recorded, f"git worktree add failed ({reason})")


def is_present(recorded: Recorded) -> bool:
    """Whether the code that the run could reach is that of the present checkout, byte for byte."""
    modules = modules_of(recorded.entry_point, recorded.origin.parameters)
    return _digests_of(recorded) == reachable_code(*modules)


def _check(recorded: Recorded, root: Path) -> None:
    """Raise RepriseError where the tree is not the code that the run has recorded."""
    wrong = [
        name for name, digest in _digests_of(recorded).items() if _digest(root, name) != digest
    ]
    if wrong:
        raise _unavailable(recorded, f"its commit has other code than the run in {listed(wrong)}")


def _digests_of(recorded: Recorded) -> dict[str, str]:
    """sha256 by module; from the fingerprint, which nobody can edit unseen, where there is one."""
    found: dict[str, str] = recorded.identity.get("code") or recorded.code_digests or {}
    return found


def _digest(root: Path, module: str) -> str | None:
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def _patch_of(recorded: Recorded) -> bytes:
    patch = read_bytes(recorded.run, SOURCE_DIFF)
    if patch is None:
        raise _unavailable(recorded, f"{SOURCE_DIFF} of its dirty tree is gone")
    return patch


def _clone(recorded: Recorded, url: str, commit: str, root: Path) -> None:
    """The commit alone where the server gives it, else all of the repository."""
    root.mkdir()
    attempts = (
        (("fetch", "--quiet", "--depth", "1", "--", url, commit),),
        (("fetch", "--quiet", "--", url, "+refs/*:refs/fetched/*"),),
    )
    reason = _git(root, "init", "--quiet")
    for commands in attempts:
        for command in (*commands, ("checkout", "--quiet", "--detach", commit)):
            reason = _git(root, *command)
            if reason is not None:
                break
        if reason is None:
            return
    raise _unavailable(recorded, f"commit {commit} is not here, nor at {url} ({reason})")


def _git(root: Path, *arguments: str, given: bytes = b"") -> str | None:
    """Run git; None where it succeeds, else the last line that it said."""
    environment: Mapping[str, str] = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *_QUIET, "-C", str(root), *arguments],
            input=given, env=environment, capture_output=True, check=False,
        )  # fmt: skip
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else f"status {done.returncode}"


def _unavailable(recorded: Recorded, reason: str) -> RepriseError:
    return RepriseError(
        f"the code of {recorded.entry_point} (run {recorded.id}) must be at hand, got {reason}: "
        "run reproduce from a checkout that has that code"
    )
