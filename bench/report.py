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

# Modules, and what is put at their end.
STUBS = {
    "reprise/summary/__init__.py": "def sample(*_): return {}\ndef summarise(*_): return {}\n",
    "reprise/evidence/__init__.py": "def of_model(*_): return {}\nof_prediction = of_model\n",
    "reprise/card.py": "def card(*_): return ''\n",
    "reprise/report/page.py": "def render(*_): return ''\n",
}


def copy(folder: Path, stubs: dict[str, str]) -> Path:
    """The project's tracked files in a folder, with these stubs."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name, text in stubs.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(f"\n\n{text}")
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
