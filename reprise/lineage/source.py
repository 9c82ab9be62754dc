"""The code that ran: its commit and, where the tree was dirty, what differs from it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What a run depends on; a change elsewhere (README, tests) does not make the code dirty.
CODE = (
    "MLproject", "python_env.yaml", "conda.yaml", "requirements.txt", "envs", "steps", "reprise"
)  # fmt: skip


# The same patch whatever the user's git is set to.
_DIFF = (
    *("-c", "core.quotePath=true", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false"),
    *("diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"),
)


@dataclass(frozen=True)
class Source:
    """Commit and repository of the code; `diff` is a patch against the commit, "" where clean.

    Bytes that are not UTF-8 stand in `diff` as surrogates (PEP 383).

    `commit` is None where the code is not in a git repository (a zip, an image).
    """

    commit: str | None
    repository: str | None
    diff: str

    @property
    def dirty(self) -> bool:
        """Whether the code differs from the commit."""
        return bool(self.diff)


def read_source(root: Path = ROOT) -> Source:
    """The state of the checkout at `root`; new files that git does not ignore are in the diff."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top.strip()).resolve() != root.resolve():
        return Source(None, None, "")
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return Source(None, None, "")
    repository = _git(root, "remote", "get-url", "origin")
    return Source(commit.strip(), repository.strip() if repository else None, _diff(root))


def _diff(root: Path) -> str:
    diff = _git(root, *_DIFF, "HEAD", "--", *CODE) or ""
    new = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", *CODE) or ""
    # git diff --no-index ends with 1 where files differ, as a new file and nothing do.
    return diff + "".join(
        _git(root, *_DIFF, "--no-index", "/dev/null", name, ends=(0, 1)) or ""
        for name in filter(None, new.split("\0"))
    )


def _git(root: Path, *arguments: str, ends: tuple[int, ...] = (0,)) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except OSError:
        return None
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode in ends else None
