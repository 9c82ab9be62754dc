"""What reasons cost `score`, and how far they are from those of the package shap.

    python -m bench.reasons [rows ...] [--family gbm] [--shap FOLDER]

The table and the model are those of bench.score: 20 columns of mixed types, 20,000 rows to learn
from. `score` is the whole step, once as it is and once with `reasons=3`; both by processor time,
which other work does not change. With `--shap`, a folder that has the package (pip install --target
FOLDER --no-deps shap numba llvmlite slicer cloudpickle tqdm), its TreeExplainer explains the first
rows of the same trees. Aim: at most 10 times `score`, at most 1e-6 apart.
"""

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path

from bench.big_table import write_table
from bench.score import TRAINING_ROWS, run, train

EXPLAINED = 500
BESIDE = """
import json, sys, time
sys.path.append(sys.argv[2])
import mlflow, numpy as np, shap
from bench.big_table import block_of
model = mlflow.pyfunc.load_model(sys.argv[1]).unwrap_python_model().model
rows = model.plain(block_of(0, int(sys.argv[3])).to_pandas())
features = model._features.transform(rows)
started = time.process_time()
found = model.attribution_of(rows).contributions[:, :, -1]
ours = time.process_time() - started
explainer = shap.TreeExplainer(model.pipeline[-1], feature_perturbation="tree_path_dependent")
started = time.process_time()
theirs = explainer.shap_values(features, check_additivity=False)
seconds = time.process_time() - started
from reprise.predictor.feature_owners import owners_of
owners = owners_of([step for _, step in model._features.steps], list(model.kinds))
total = np.stack([theirs[:, owners == n].sum(axis=1) for n in range(len(model.kinds))], axis=1)
print(json.dumps([float(np.abs(found - total).max()), ours, seconds]))
"""


def seconds_of(folder: Path, *program: str) -> float:
    """The processor time of a Python program, of all its threads."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(folder, *program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(folder: Path, rows: int, family: str, shap: str | None) -> str:
    """A line with the ratio."""
    write_table(folder / "first.csv", TRAINING_ROWS)
    model = train(folder, folder / "first.csv", "y", family)
    table = folder / "table.csv"
    write_table(table, rows)
    score = ["-m", "steps.score", "--model", model, "--data", str(table)]
    score += ["--output", str(folder / "predictions.csv")]
    plain = seconds_of(folder, *score)
    explained = seconds_of(folder, *score, "--reasons", "3")
    line = (
        f"{rows:>11,} rows  {family}  score {plain:6.1f} s   with reasons {explained:6.1f} s"
        f"   x{explained / plain:.2f}"
    )
    if shap is None:
        return line
    apart, ours, theirs = json.loads(run(folder, "-c", BESIDE, model, shap, str(EXPLAINED)))
    return f"{line}   shap: {apart:.1e} apart, ours x{ours / theirs:.2f} of its time"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=float, default=[1e6])
    parser.add_argument("--family", default="gbm")
    parser.add_argument("--shap", help="a folder that has the package shap")
    options = parser.parse_args()
    if options.shap and not (Path(options.shap) / "shap").is_dir():
        sys.exit(f"--shap must be a folder with the package shap, got '{options.shap}': install it")
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="reprise-bench-") as folder:
            print(compare(Path(folder), int(rows), options.family, options.shap), flush=True)


if __name__ == "__main__":
    main()
