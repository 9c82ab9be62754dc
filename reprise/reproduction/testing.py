"""What `register` measures, without the registry: the best candidate, on the test part.

Run as a file it does so with the project and the packages of another environment:
`python testing.py <candidates> <table URI> <metric> <refit> <file>`, JSON on stdout.
"""

import json
import sys
from typing import Any

import mlflow


def measure_best(candidates: str, table: str, metric: str, refit: str, file: str) -> dict[str, Any]:
    """`run` (id of the candidate that is best on validation rows), and of the model that it
    stands for `digest` and test `metrics`; its predictions are written to `file`, as Parquet.

    Projects of before `refit` know only what is done with `none`.
    """
    from reprise import registry
    from reprise.evaluation import resolve_metric
    from reprise.lineage.artifacts import local_artifact
    from reprise.lineage.uris import parse_run_uri
    from reprise.table import ARTIFACT, PreparedTable

    run = mlflow.get_run(parse_run_uri(table)[0])
    prepared = PreparedTable(local_artifact(run, ARTIFACT), table)
    chosen = resolve_metric(metric, prepared.schema.task)
    best = registry.best_candidate(registry.find_candidates(candidates), chosen, prepared)
    if refit == "none":
        digest = best.run.data.tags["reprise.digest.model"]
        tested = registry.open_test_part(best, prepared)
    else:
        digest, tested = registry.test_again(best, prepared)
    tested.prediction.to_frame(tested.part.y).to_parquet(file, index=False)
    return {"run": best.run_id, "digest": digest, "metrics": tested.metrics}


if __name__ == "__main__":
    print(json.dumps(measure_best(*sys.argv[1:])))
