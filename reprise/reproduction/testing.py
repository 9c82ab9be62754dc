"""What `register` measures, without the registry: the best candidate, on the test part.

Run as a file it does so with the project and the packages of another environment:
`python testing.py <candidates> <table URI> <metric>`, JSON on stdout.
"""

import json
import sys
from typing import Any

import mlflow


def measure_best(candidates: str, table: str, metric: str) -> dict[str, Any]:
    """`run` (id of the candidate that is best on validation rows) and its test `metrics`."""
    from reprise import registry
    from reprise.evaluation import resolve_metric
    from reprise.lineage.artifacts import local_artifact
    from reprise.lineage.uris import parse_run_uri
    from reprise.table import ARTIFACT, PreparedTable

    run = mlflow.get_run(parse_run_uri(table)[0])
    prepared = PreparedTable(local_artifact(run, ARTIFACT), table)
    chosen = resolve_metric(metric, prepared.schema.task)
    best = registry.best_candidate(registry.find_candidates(candidates), chosen, prepared)
    return {"run": best.run_id, "metrics": registry.open_test_part(best, prepared).metrics}


if __name__ == "__main__":
    print(json.dumps(measure_best(*sys.argv[1:])))
