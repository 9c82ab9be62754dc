"""The work as a chain of `mlflow.run` calls, one after the other, as in MLflow's multistep example.

https://github.com/mlflow/mlflow/tree/master/examples/multistep_workflow; without its cache, which
has nothing to find in a new store.
"""

from typing import Any

import mlflow
from mlflow.entities import Run

TRAINS = ("train_elasticnet", "train_rf", "train_nn")


def run(entry_point: str, **parameters: Any) -> Run:
    """The finished run of an entry point."""
    submitted = mlflow.run(".", entry_point, parameters=parameters, env_manager="local")
    return mlflow.MlflowClient().get_run(submitted.run_id)


def main() -> None:
    """Prepare, train three, tune one, register the best."""
    with mlflow.start_run():
        table = f"runs:/{run('prepare').info.run_id}/table"
        candidates = [run(name, table=table).info.run_id for name in (*TRAINS, "tune")]
        registered = run("register", table=table, candidates=",".join(candidates))
        mlflow.log_metrics(registered.data.metrics)


if __name__ == "__main__":
    main()
