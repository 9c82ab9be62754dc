"""The code that ran: its commit and, where the tree was dirty, what differs from it."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reprise.errors import RepriseError, hidden
from reprise.formatting import listed
from reprise.runtime.paths import ROOT

# What a run depends on; a change elsewhere (README, tests) does not make the code dirty.
CODE = (
    "MLproject",
    "python_env.yaml",
    "conda.yaml",
    "requirements.txt",
    "envs",
    "steps",
    "reprise",
)
# In an image, which holds no repository: what its code is, written when it was built.
RECORD = "source.json"
# Code is far smaller: whatever is larger is data that lies among it.
MAX_DIFF_BYTES = 10_000_000
_MEGABYTE = 1_000_000
_CODE_ENDINGS = (".py", ".html", ".yaml", "MLproject", "requirements.txt")
# The same patch whatever the user's git is set to.
_DIFF = (
    *("-c", "core.quotePath=true", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false"),
    *("diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"),
)
# Steps run side by side: none may take the lock that git refreshes its index under.
_STATUS = (
    *("--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z"),
    *("--untracked-files=all", "--no-renames", "--"),
)


@dataclass(frozen=True)
class Source:
    """Commit and repository of the code; `diff` is a patch against the commit, "" where clean.

    Bytes that are not UTF-8 stand in `diff` as surrogates (PEP 383). `changed` names the files
    that differ from the commit, `new` those of them that git does not know.

    `commit` is None where the code is neither in a git repository nor in an image built from one.
    """

    commit: str | None
    repository: str | None
    diff: str
    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def dirty(self) -> bool:
        """Whether the code differs from the commit."""
        return bool(self.diff)

    @property
    def strangers(self) -> tuple[str, ...]:
        """New files that do not look like code, though they lie where only code belongs."""
        return tuple(name for name in self.new if not name.endswith(_CODE_ENDINGS))


def read_commit(root: Path = ROOT) -> tuple[str | None, str | None]:
    """(commit, repository) of the checkout or image at `root`; None for what it has not."""
    if not _is_checkout(root):
        source = _recorded(root)
        return source.commit, source.repository
    commit = _git_output(root, "rev-parse", "HEAD")
    return (commit.strip(), _repository(root)) if commit else (None, None)


def read_source(root: Path = ROOT, limit: int = MAX_DIFF_BYTES) -> Source:
    """The state of the checkout at `root`; new files that git does not ignore are in the diff.

    In an image it is that of the checkout which the image was built from. Raises RepriseError where
    the diff would have more than `limit` bytes, or cannot hold it all.
    """
    if not _is_checkout(root):
        return _recorded(root)
    commit, changed, new = _parse_status(_git_output(root, *_STATUS, *CODE) or "")
    if commit is None:
        return Source(None, None, "")
    _check_new(root, new, limit)
    diff = (_git_output(root, *_DIFF, "HEAD", "--", *CODE) or "") if changed else ""
    # git diff --no-index ends with 1 where files differ, as a new file and nothing do.
    diff += "".join(
        _git_output(root, *_DIFF, "--no-index", "/dev/null", name, ends=(0, 1)) or ""
        for name in new
    )
    if len(diff) > limit:
        sizes = {name: _size(root / name) for name in {*changed, *new}}
        raise _too_large(len(diff), sizes, limit)
    # A change that is staged and taken back again leaves no difference.
    names = tuple(sorted({*changed, *new})) if diff else ()
    return Source(commit, _repository(root), diff, names, tuple(sorted(new)))


def _recorded(root: Path) -> Source:
    """What envs/docker/build.py has written beside the code of an image; elsewhere nothing."""
    try:
        facts = json.loads((root / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Source(None, None, "")
    return Source(**facts | {"changed": tuple(facts["changed"]), "new": tuple(facts["new"])})


def check_clean(source: Source) -> None:
    """Raise RepriseError that names the changed files where the code is not as committed."""
    if source.commit is None:
        raise RepriseError(
            "the code must be a commit with dirty=refuse, got a folder without git: "
            "run it from a clone, or give dirty=allow"
        )
    if source.dirty:
        raise RepriseError(
            f"the code must be as committed with dirty=refuse, got {_counted(source.changed)}: "
            "commit them, or give dirty=allow"
        )


def _is_checkout(root: Path) -> bool:
    top = _git_output(root, "rev-parse", "--show-toplevel")
    return top is not None and Path(top.rstrip("\n")).resolve() == root.resolve()


def _repository(root: Path) -> str | None:
    """Where the checkout was cloned from, without a user's name or password."""
    url = _git_output(root, "remote", "get-url", "origin")
    if not url:
        return None
    return hidden(url.strip())


def _parse_status(status: str) -> tuple[str | None, list[str], list[str]]:
    """(commit, changed files, new files) from `git status --porcelain=v2 --branch -z`."""
    commit, changed, new = None, [], []
    # Fields before the path: 8 of a changed file, 10 of one in conflict.
    fields = {"1": 8, "u": 10}
    for entry in filter(None, status.split("\0")):
        if entry.startswith("# branch.oid "):
            oid = entry.removeprefix("# branch.oid ")
            commit = None if oid == "(initial)" else oid
        elif entry.startswith("? "):
            new.append(entry[2:])
        elif entry[0] in fields:
            changed.append(entry.split(" ", fields[entry[0]])[-1])
    return commit, changed, new


def _check_new(root: Path, new: Sequence[str], limit: int) -> None:
    """Refuse new files that no diff can hold, before git reads them."""
    for name in new:
        if name.endswith("/"):
            raise RepriseError(
                f"code must be in one git repository, got another in '{name}': "
                "move it away, or add its files to this one"
            )
    sizes = {name: _size(root / name) for name in new}
    if sum(sizes.values()) > limit:
        raise _too_large(sum(sizes.values()), sizes, limit)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _too_large(size: int, sizes: dict[str, int], limit: int) -> RepriseError:
    largest = max(sizes, key=lambda name: (sizes[name], name))
    return RepriseError(
        f"uncommitted code must fit into {limit / _MEGABYTE:g} MB, got {size / _MEGABYTE:.1f} MB, "
        f"the largest '{largest}' ({sizes[largest] / _MEGABYTE:.1f} MB): "
        "move data out of the project, commit it, or name it in .gitignore"
    )


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} changed {'file' if len(names) == 1 else 'files'} ({listed(names)})"


def _git_output(root: Path, *arguments: str, ends: tuple[int, ...] = (0,)) -> str | None:
    """Run git; what it printed, or None where it ended with another status than `ends`."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except OSError:
        return None
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode in ends else None
