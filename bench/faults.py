"""What kills leave behind: `mlflow run` killed at random moments on one store, the next at once.

Each time the whole process group of a small main is killed, at a random moment from its first
tenth of a second to about its end, and the same main is started again at once. Counted are runs
that are RUNNING when that has ended, versions of one model made twice, and results lost: steps that
had finished and were computed again, and mains that did not finish. Once with steps from the warm
server (plain), once with `execution=mlflow-run`. Aim: 0, 0, 0.

    python -m bench.faults [--kills 100] [--seed 0] [--env-manager local] [--mode plain]
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import mlflow
from mlflow.entities import Run

from reprise.runtime.paths import ROOT
from reprise.tracking.contract import CACHED_FROM_TAG, FINGERPRINT_TAG, MODEL_DIGEST_TAG

FIRST_SECONDS = 0.1
SMALL = ("models=elasticnet", "tune_model=none", "ensemble=none", "refit=none")
MODES = {"plain": (), "mlflow-run": ("execution=mlflow-run",)}


@dataclass
class Losses:
    """What a store has that it should not have, or lacks."""

    running: int = 0
    twice: int = 0
    lost: int = 0

    def __str__(self) -> str:
        return (
            f"runs left RUNNING {self.running}, versions made twice {self.twice}, "
            f"results lost {self.lost}"
        )


@dataclass(frozen=True)
class Victim:
    """Small mains of one store; those of another seed have all their work to do."""

    folder: Path
    manager: str = "local"
    options: tuple[str, ...] = ()

    @property
    def client(self) -> mlflow.MlflowClient:
        """The store, looked at from here."""
        uri = f"sqlite:///{self.folder}/mlflow.db"
        return mlflow.MlflowClient(uri, uri)

    def start(self, seed: int) -> subprocess.Popen[str]:
        """Start a main in a process group of its own; what it prints goes to output.txt."""
        given = (f"data={self.folder}/table.csv", "target=y", f"seed={seed}", *SMALL, *self.options)
        command = [sys.executable, "-m", "mlflow", "run", str(ROOT), "--env-manager", self.manager]
        for option in given:
            command += ["-P", option]
        with (self.folder / "output.txt").open("w") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
            )

    def finish(self, seed: int) -> float:
        """Run a main to its end; the seconds that it took. RuntimeError where it fails."""
        began = time.perf_counter()
        if self.start(seed).wait():
            raise RuntimeError((self.folder / "output.txt").read_text())
        return time.perf_counter() - began

    def kill(self, seed: int, wait: Callable[[], object]) -> None:
        """Start a main, and kill its process group when this wait is over."""
        process = self.start(seed)
        wait()
        with suppress(ProcessLookupError):  # it had ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_and_finish(self, seed: int, wait: Callable[[], object]) -> int:
        """Kill a main, and run it again at once; how many results are lost by that."""
        began = 1000 * time.time()
        self.kill(seed, wait)
        kept = {run.info.run_id for run in self.finished(began)}
        try:
            self.finish(seed)
        except RuntimeError as error:
            print(error)
            return len(kept) + 1
        reused = {run.data.tags.get(CACHED_FROM_TAG) for run in self.runs("FINISHED")}
        return len(kept - reused)

    def finished(self, since: float) -> list[Run]:
        """Steps that have been computed since a time in milliseconds."""
        return [
            run
            for run in self.runs("FINISHED")
            if run.info.start_time >= since
            and FINGERPRINT_TAG in run.data.tags
            and CACHED_FROM_TAG not in run.data.tags
        ]

    def runs(self, status: str) -> list[Run]:
        """The runs of the store that have this status."""
        ids = [found.experiment_id for found in self.client.search_experiments()]
        return list(self.client.search_runs(ids, f"attributes.status = '{status}'"))

    def versions_twice(self) -> int:
        """How many versions are of a model that has one already."""
        versions = self.client.search_model_versions(max_results=10_000)
        digests = Counter(version.tags.get(MODEL_DIGEST_TAG) for version in versions)
        return sum(count - 1 for count in digests.values())

    def _environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if "MLFLOW" not in name}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        ours = {"MLFLOW_TRACKING_URI": f"sqlite:///{self.folder}/mlflow.db", "PATH": path}
        roots = {name: text for name, text in os.environ.items() if name == "MLFLOW_ENV_ROOT"}
        return kept | ours | roots


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder with a small table; its fork server ends with it."""
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as name:
        folder = Path(name)
        write_table(folder)
        yield folder


def write_table(folder: Path) -> None:
    """60 rows of two columns and a number that follows from them."""
    draw = random.Random(0)
    rows = [(draw.random(), draw.random(), draw.gauss(0, 0.1)) for _ in range(60)]
    lines = [f"{a},{b},{a - 2 * b + noise}" for a, b, noise in rows]
    (folder / "table.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")


def measure(victim: Victim, kills: int, draw: random.Random) -> Losses:
    """Kill so often; what all of it has left behind."""
    victim.finish(seed=0)  # it builds what it needs and starts the server
    longest = victim.finish(seed=1)
    losses = Losses()
    for number in range(kills):
        seconds = draw.uniform(FIRST_SECONDS, longest)
        losses.lost += victim.kill_and_finish(number + 2, partial(time.sleep, seconds))
        left = len(victim.runs("RUNNING"))
        print(f"  killed after {seconds:5.1f} s: {left} RUNNING", flush=True)
    losses.running, losses.twice = len(victim.runs("RUNNING")), victim.versions_twice()
    return losses


def main() -> None:
    """Kill in both modes; print what is left."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--env-manager", default="local")
    parser.add_argument("--mode", choices=MODES, action="append", help="only this one")
    given = parser.parse_args()
    total = Losses()
    for mode in given.mode or MODES:
        options = MODES[mode]
        with workplace() as folder:
            victim = Victim(folder, given.env_manager, options)
            losses = measure(victim, given.kills, random.Random(given.seed))
        print(f"{mode:<11} {given.kills} kills: {losses}", flush=True)
        for field in fields(Losses):
            name = field.name
            setattr(total, name, getattr(total, name) + getattr(losses, name))
    print(f"{'all':<11} {given.kills * len(given.mode or MODES)} kills: {total}   aim 0, 0, 0")


if __name__ == "__main__":
    main()
