"""What `register` measures, without the registry: the best candidate, on the test part.

Run as a file it does so with the project and the packages of another environment:
`python remeasure_child.py <candidates> <table URI> <metric> <refit> <file>`, JSON on stdout. The
project may then be an older one, so nothing of ours is imported by name: HOMES has the places.
"""

import json
import sys
from importlib import import_module
from typing import Any

import mlflow

# Where what is needed stands: the place of today, then those of earlier commits.
HOMES = {
    "PreparedTable": ("reprise.data.prepared_table", "reprise.table"),
    "best_candidate": ("reprise.training.candidates", "reprise.registry"),
    "find_candidates": ("reprise.training.candidates", "reprise.registry"),
    "local_artifact": ("reprise.tracking.artifacts", "reprise.lineage.artifacts"),
    "open_test_part": ("reprise.training.candidates", "reprise.registry"),
    "parse_run_uri": ("reprise.tracking.uris", "reprise.lineage.uris"),
    "resolve_metric": ("reprise.evaluation.metrics", "reprise.evaluation"),
    "test_again": ("reprise.training.refit", "reprise.registry"),
}
# As the contract names them since the first commit.
_TABLE, _MODEL_DIGEST_TAG = "table", "reprise.digest.model"


def measure_best(candidates: str, table: str, metric: str, refit: str, file: str) -> dict[str, Any]:
    """`run` (id of the candidate that is best on validation rows), and of the model that it
    stands for `digest` and test `metrics`; its predictions are written to `file`, as Parquet.

    Projects of before `refit` know only what is done with `none`.
    """
    run = mlflow.get_run(project("parse_run_uri")(table)[0])
    prepared = project("PreparedTable")(project("local_artifact")(run, _TABLE), table)
    chosen = project("resolve_metric")(metric, prepared.schema.task)
    found = project("find_candidates")(candidates)
    best = project("best_candidate")(found, chosen, prepared)
    if refit == "none":
        digest = best.run.data.tags[_MODEL_DIGEST_TAG]
        tested = project("open_test_part")(best, prepared)
    else:
        digest, tested = project("test_again")(best, prepared)
    tested.prediction.to_frame(tested.part.y).to_parquet(file, index=False)
    return {"run": best.run_id, "digest": digest, "metrics": tested.metrics}


def project(name: str) -> Any:
    """What the project that is imported here calls `name`; ImportError where it has no such."""
    for home in HOMES[name]:
        try:
            return getattr(import_module(home), name)
        except ModuleNotFoundError as error:
            # A package that is not installed is another matter, and says so itself.
            if not f"{home}.".startswith(f"{error.name}."):
                raise
    raise ImportError(f"{name} is at none of {', '.join(HOMES[name])}")


if __name__ == "__main__":
    print(json.dumps(measure_best(*sys.argv[1:])))
