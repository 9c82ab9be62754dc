"""The code that a run ran: the present checkout where it is the same, else a tree of its own.

That is its commit with its diff. What the run has sealed of its code is written over it where it is
other code, and stands alone where there is no commit: of a zip or an image, or one that is gone.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.provenance.code import file_of, modules_of, reachable_code
from reprise.provenance.recorded_run import Recorded
from reprise.runtime.paths import ROOT
from reprise.runtime.pinned_code import LOCK, PROJECT
from reprise.runtime.scratch import SCRATCH, scratch
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import SOURCE_CODE, SOURCE_DIFF, SOURCE_LOCK, SOURCE_PROJECT

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
    """The trees that a reproduction needs; a context that takes away again what it has made.

    `sealed_only` has git asked for nothing: neither the repository here nor one that a run names.
    """

    def __init__(self, sealed_only: bool = False) -> None:
        self._sealed_only = sealed_only
        self._made: dict[tuple[str, str], Tree] = {}
        self._sealed: dict[str, Tree] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Trees":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, recorded: Recorded) -> Tree:
        """The tree for a run; RepriseError that says what is missing where there is none."""
        if is_present(recorded):
            return Tree(ROOT, "the present checkout, which has the same code")
        sealed = _sealed_files(recorded)
        try:
            base = self._checked_out(recorded)
        except RepriseError:
            if PROJECT not in sealed:
                raise
            base = None
        if base is not None and not (wrong := _unlike(recorded, base.root)):
            return base
        if not sealed:
            raise _unavailable(
                recorded, f"its commit has other code than the run in {listed(wrong)}"
            )
        return self._written(recorded, base, sealed)

    def _checked_out(self, recorded: Recorded) -> Tree:
        """The commit of a run with its diff."""
        if self._sealed_only:
            raise _unavailable(recorded, f"no whole {SOURCE_CODE} is in the capsule")
        commit, dirty = recorded.origin.commit, recorded.origin.dirty
        if not _COMMIT.fullmatch(commit):
            raise _unavailable(recorded, "no commit was recorded (the code was a zip or an image)")
        patch = _patch_of(recorded) if dirty else b""
        key = (commit, patch.decode("utf-8", "surrogateescape"))
        if key not in self._made:
            self._made[key] = self._make(recorded, commit, patch)
        return self._made[key]

    def _written(self, recorded: Recorded, base: Tree | None, sealed: Mapping[str, bytes]) -> Tree:
        """The sealed files of a run, over a copy of the base where there is one."""
        key = hashlib.sha256(repr((base, sorted(sealed.items()))).encode()).hexdigest()
        if key not in self._sealed:
            root = self._folder()
            if base is not None:
                shutil.copytree(base.root, root, ignore=shutil.ignore_patterns(".git"))
            for name, content in sealed.items():
                path = root / name
                if not path.resolve().is_relative_to(root.resolve()):
                    raise _unavailable(recorded, f"{SOURCE_CODE} with '{name}', which is no module")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            (root / "python_env.yaml").touch()  # which MLflow asks for: MLproject names it
            origin = f"the sealed {SOURCE_CODE}"
            self._sealed[key] = Tree(root, origin if base is None else f"{base.origin}, {origin}")
        return self._sealed[key]

    def _folder(self) -> Path:
        """The place for a tree, which is not there yet."""
        return Path(self._stack.enter_context(scratch())) / "code"

    def _make(self, recorded: Recorded, commit: str, patch: bytes) -> Tree:
        root = self._folder()
        if _git_failure(ROOT, "cat-file", "-e", f"{commit}^{{commit}}") is None:
            self._add_worktree(recorded, root, commit)
            origin = f"commit {commit[:12]} in a worktree of its own"
        else:
            url = recorded.repository
            if url is None:
                raise _unavailable(recorded, f"commit {commit} is not here, and no URL is recorded")
            _clone(recorded, url, commit, root)
            origin = f"commit {commit[:12]} from {url}"
        if patch:
            if (reason := _git_failure(root, "apply", "--binary", "-", given=patch)) is not None:
                raise _unavailable(recorded, f"{SOURCE_DIFF} does not apply ({reason})")
            origin += f", with {SOURCE_DIFF}"
        return Tree(root, origin)

    def _add_worktree(self, recorded: Recorded, root: Path, commit: str) -> None:
        forget_worktrees(ROOT)
        self._stack.callback(_git_failure, ROOT, "worktree", "remove", "--force", str(root))
        reason = _git_failure(ROOT, "worktree", "add", "--detach", str(root), commit)
        if reason is not None:
            raise _unavailable(recorded, f"git worktree add failed ({reason})")


def is_present(recorded: Recorded) -> bool:
    """Whether the code that the run could reach is that of the present checkout, byte for byte."""
    modules = modules_of(recorded.entry_point, recorded.origin.parameters)
    return _digests_of(recorded) == reachable_code(*modules)


def _unlike(recorded: Recorded, root: Path) -> list[str]:
    """What of the code that the run has recorded the tree has not, or has otherwise."""
    recorded_digests = _digests_of(recorded)
    return [
        name
        for name, digest in recorded_digests.items()
        if _digest(root / file_of(name, recorded_digests)) != digest
    ]


def _sealed_files(recorded: Recorded) -> dict[str, bytes]:
    """The code that a run has sealed, by path, with MLproject and lock where those are sealed too.

    Nothing where it is not what the run has left. What earlier commits have sealed is without
    MLproject, and lacks the templates.
    """
    code, broken = recorded.code, recorded.origin.broken
    if code is None or SOURCE_CODE in broken or recorded.code_digests != _digests_of(recorded):
        return {}
    others = {PROJECT: recorded.project, LOCK: recorded.lock}
    whole = None not in others.values() and broken.keys().isdisjoint((SOURCE_PROJECT, SOURCE_LOCK))
    texts = {file_of(name, code): text for name, text in code.items()}
    texts |= {name: text for name, text in others.items() if whole and text is not None}
    return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()}


def _digests_of(recorded: Recorded) -> dict[str, str]:
    """sha256 by module; from the fingerprint, which nobody can edit unseen, where there is one."""
    found: dict[str, str] = recorded.identity.get("code") or recorded.code_digests or {}
    return found


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


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
    reason = _git_failure(root, "init", "--quiet")
    for commands in attempts:
        for command in (*commands, ("checkout", "--quiet", "--detach", commit)):
            reason = _git_failure(root, *command)
            if reason is not None:
                break
        if reason is None:
            return
    raise _unavailable(recorded, f"commit {commit} is not here, nor at {url} ({reason})")


def forget_worktrees(repository: Path) -> None:
    """Have git forget the worktrees of processes that have died, whose folders have been swept."""
    command = ["git", "-C", str(repository), "worktree", "list", "--porcelain"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        folder = line.removeprefix("worktree ")
        if folder != line and SCRATCH in folder and not Path(folder).exists():
            _git_failure(repository, "worktree", "remove", "--force", folder)


def _git_failure(root: Path, *arguments: str, given: bytes = b"") -> str | None:
    """Run git; why it failed, in the last line that it said, or None where it did not."""
    environment: Mapping[str, str] = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *_QUIET, "-C", str(root), *arguments],
            input=given,
            env=environment,
            capture_output=True,
            check=False,
        )
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
