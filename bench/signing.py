"""What signing costs: the certificate of a default main beside that main, and `verify` after it.

A main runs in an empty folder, nothing warm before, with a key. Then its certificate is made again
in this process, with the key and without, in turn; and `verify` checks the champion, as a command.
Aims: the certificate, signed, takes at most 1 % of the main; `verify` at most 10 s. Figures are
printed, not enforced.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import mlflow

from bench.pipeline import ROOT, run
from reprise.provenance.signing import SigningKey, make_pair, own_key
from reprise.provenance.stored_record import Behind
from reprise.registry.certificate import certify
from reprise.tracking.contract import MODEL_NAME_TAG, SIGNING_KEY_VARIABLE, VERSION_TAG

_COMMAND = ["mlflow", "run", str(ROOT), "--env-manager", "local"]
_CHAMPION = "of=models:/reprise@champion"


def main() -> None:
    """Run a main, certify again, verify; print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("options", nargs="*", help="parameters of main, as name=value")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reprise-bench-") as temporary:
        private, public, _ = make_pair(f"{temporary}/team")
        os.environ[SIGNING_KEY_VARIABLE] = str(private)
        folder = Path(temporary, "runs")
        folder.mkdir()
        options = [word for option in given.options for word in ("-P", option)]
        whole = run([*_COMMAND, *options], folder)[0]
        print(f"main                    {whole:8.2f} s", flush=True)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        signed, unsigned = certificates(given.rounds)
        print(f"certificate, signed     {signed:8.2f} s   {signed / whole:.2%} of main   aim <= 1%")
        print(f"  of it the signatures  {signed - unsigned:8.2f} s")
        checks = ["-e", "verify", "-P", _CHAMPION, "-P", f"key={public}"]
        verified = run([*_COMMAND, *checks], folder)[0]
        ratio = f"{verified / whole:.2f} of main"
        print(f"verify                  {verified:8.2f} s   {ratio}   aim <= 10 s")


def certificates(rounds: int) -> tuple[float, float]:
    """Medians of the seconds that the certificate takes, with the key and without."""
    (found,) = mlflow.search_runs(
        search_all_experiments=True,
        filter_string="tags.`mlflow.project.entryPoint` = 'register'",
        output_format="list",
    )
    register: str = found.info.run_id
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * rounds):
        with_key = number % 2 == 0
        seconds[with_key].append(_certified(register, own_key() if with_key else None))
    return statistics.median(seconds[True]), statistics.median(seconds[False])


def _certified(register: str, key: SigningKey | None) -> float:
    started = time.perf_counter()
    with mlflow.start_run(run_id=register) as active:
        tags = active.data.tags
        behind = Behind.of(mlflow.get_run(register))
        certify(tags[MODEL_NAME_TAG], tags[VERSION_TAG], behind, key)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
