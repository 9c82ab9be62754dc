"""What the report costs: the default main with and without everything that is made for it.

    with      main as it is
    without   a copy in which `prepare` writes no summary, train steps and `tune` no evidence and
              no card, and main no report

Each round runs both in an empty folder and a new store, nothing warm before, and the order changes
from round to round. Aim: the medians are at most 3 s apart. Figures are printed, not enforced.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from bench.pipeline import ROOT, run

# Functions by their modules, and what they return at once instead of what they make.
STUBS = {
    "reprise/data/profile/sample.py": {"sample": "{}"},
    "reprise/data/profile/summary.py": {"summarise": "{}"},
    "reprise/evaluation/evidence.py": dict.fromkeys(
        ("of_model", "of_blend"), "Evidence(*_[1:3], None, {'partial_dependence': []})"
    ),
    "reprise/reports/model_page.py": {"card": "''"},
    "reprise/reports/model_documents.py": {"_pictures": "{}"},
    "reprise/reports/main/main_page.py": {"render": "''"},
}


def copy(folder: Path, stubs: dict[str, dict[str, str]]) -> Path:
    """The project's tracked files in a folder, with these stubs at the end of their modules.

    KeyError where a module has no such function.
    """
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name, functions in stubs.items():
        text = (folder / name).read_text()
        for function, result in functions.items():
            if f"\ndef {function}(" not in text:
                raise KeyError(f"{name} has no {function}")
            text += f"\n\ndef {function}(*_, **__): return {result}\n"
        (folder / name).write_text(text)
    return folder


def seconds_of(project: Path, options: list[str]) -> float:
    """Seconds of a main of that copy in an empty folder."""
    command = ["mlflow", "run", str(project), "--env-manager", "local"]
    for option in options:
        command += ["-P", option]
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as fresh:
        return run(command, Path(fresh))[0]


def main() -> None:
    """Run both, round by round; print the medians and how far they are apart."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("options", nargs="*", help="parameters of main, as name=value")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as temporary:
        projects = {
            name: copy(Path(temporary) / name, stubs)
            for name, stubs in (("with", {}), ("without", STUBS))
        }
        seconds: dict[str, list[float]] = {name: [] for name in projects}
        for number in range(given.rounds):
            order = list(projects)[:: 1 if number % 2 == 0 else -1]
            for name in order:
                seconds[name].append(seconds_of(projects[name], given.options))
                print(f"  {name:<8} {seconds[name][-1]:6.1f} s", flush=True)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, median in medians.items():
        print(f"{name:<8} {median:6.1f} s")
    print(f"the report adds {medians['with'] - medians['without']:.1f} s   aim <= 3 s")


if __name__ == "__main__":
    main()
