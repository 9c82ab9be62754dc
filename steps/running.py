"""The MLflow run around a step: how it is opened, and what is kept in it beside results."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from reprise.credentials import hidden


def open_run(entry_point: str, parameters: dict[str, Any]) -> str:
    """Start the run of this process, which MLflow may have made already; return its id."""
    import mlflow
    from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

    from reprise.lineage import connections, holding, owner, store
    from reprise.lineage.names import run_name
    from reprise.lineage.runs import create_project_run, is_child

    connections.hasten()
    if is_child():
        store.be_patient()  # main has opened the store
    else:
        experiment = store.open_store()
        owner.end_orphans(experiment)
    try:
        if "MLFLOW_RUN_ID" not in os.environ:
            run = create_project_run(experiment, entry_point, parameters)
            os.environ["MLFLOW_RUN_ID"] = run.info.run_id
        run = mlflow.start_run()
        holding.hold(run)
        name = run_name(entry_point, parameters)
        named = {MLFLOW_RUN_NAME: name} if run.info.run_name != name else {}
        mlflow.set_tags({**named, owner.TAG: owner.owner()})
    except mlflow.MlflowException as error:
        raise store.unreachable(error) from None
    return str(run.info.run_id)


def log_identity(name: str, parameters: dict[str, Any]) -> None:
    """Record what the step is, so that a later `main` can reuse its result."""
    import mlflow

    from reprise.lineage.fingerprint import fingerprint, log_fingerprint

    run = mlflow.active_run()
    log_fingerprint(run.info.run_id, fingerprint(name, parameters))


def log_noise(run_id: str | None, path: Path) -> None:
    """Keep what libraries said as an artifact of the run; `main` does it for its steps."""
    from reprise import noise

    if noise.VARIABLE in os.environ:
        return
    if (text := noise.text_of(path)) and run_id:
        import mlflow

        with suppress(mlflow.MlflowException, OSError):
            mlflow.MlflowClient().log_text(run_id, hidden(text), noise.NAME)
