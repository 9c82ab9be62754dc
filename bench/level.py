"""What the level of instructions costs: a cold main at it, and one whose libraries choose.

The work is that of `bench.pipeline`'s cold main. Pairs run in turn, the order changes with each;
what is compared is processor time, of every process that a main has started, so that a busy machine
does not matter much. Aim: at most 3 % more, in the median. Figures are printed, not enforced.
"""

import argparse
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from bench.pipeline import MAIN, ROOT
from reprise.runtime import level

_BECOME_REAPER = 36  # PR_SET_CHILD_SUBREAPER: a server that outlives its main is ours to wait for
_NO_LEVEL = "from reprise.runtime import level\nlevel.take_on = lambda environment=None: None\n"


def main() -> None:
    """Run the pairs; print seconds of the processor and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=6)
    pairs = parser.parse_args().pairs
    ctypes.CDLL(None).prctl(_BECOME_REAPER, 1, 0, 0, 0)
    ratios = []
    for number in range(pairs):
        order = (True, False) if number % 2 else (False, True)
        seconds = {fixed: cold(fixed) for fixed in order}
        ratios.append(seconds[True] / seconds[False])
        print(f"at the level {seconds[True]:6.2f} s, free {seconds[False]:6.2f} s", flush=True)
    shown = ", ".join(f"{ratio:.3f}" for ratio in ratios)
    print(f"level / free {statistics.median(ratios):.3f} of {shown}   aim <= 1.03")


def cold(fixed: bool) -> float:
    """Processor seconds of a main in an empty folder; at the level or with none taken on."""
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as temporary:
        folder = Path(temporary)
        (folder / "sitecustomize.py").write_text("" if fixed else _NO_LEVEL)
        environment = {name: os.environ[name] for name in os.environ if "MLFLOW" not in name}
        level.put_off(environment)
        environment |= {
            "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
            "REPRISE_WARM_MINUTES": "0",
        }
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(MAIN, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{done.stdout}\n{done.stderr}")
        with suppress(ChildProcessError):
            while True:
                os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
