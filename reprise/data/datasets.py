"""Tables as MLflow's dataset inputs: where from, which content, how many rows."""

from typing import Any

import mlflow
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.dataset_source_registry import resolve_dataset_source
from mlflow.data.pandas_dataset import PandasDataset

from reprise.data.formats.delta_table import is_delta, split_version
from reprise.data.prepared_table import PreparedTable
from reprise.errors import hidden
from reprise.tracking.artifacts import local_artifact
from reprise.tracking.contract import TABLE
from reprise.tracking.runs import step_run

_HEAD_ROWS = 10_000


def open_prepared(uri: str) -> PreparedTable:
    """The prepared table behind the URI that `prepare` printed; not yet read."""
    run = step_run(uri, ("prepare",), "table")
    return PreparedTable(local_artifact(run, TABLE), uri)


def log_parts(table: PreparedTable, *names: str) -> None:
    """Log parts as dataset inputs of the active run: their source and their digests.

    MLflow keeps 36 characters of a digest: these are the first of the sha256.
    """
    schema = table.schema
    source = dataset_source(schema.source)
    datasets = [
        PartDataset(
            table.head(name, _HEAD_ROWS),
            source,
            targets=schema.target,
            name=name,
            digest=schema.digests[name][:36],
            rows=schema.rows[name],
        )
        for name in names
    ]
    mlflow.log_inputs(list(datasets), contexts=list(names), tags_list=[None] * len(names))


class PartDataset(PandasDataset):
    """A part of a prepared table: MLflow sees its first rows for their types, and counts them all.

    MLflow's own dataset would want the whole part in memory.
    """

    def __init__(self, head: pd.DataFrame, *arguments: Any, rows: int, **options: Any) -> None:
        self._rows = rows
        super().__init__(head, *arguments, **options)

    @property
    def profile(self) -> dict[str, int]:
        """How many rows and values the part has."""
        return {"num_rows": self._rows, "num_elements": self._rows * self._df.shape[1]}


def dataset_source(source: str) -> DatasetSource:
    """Where a table comes from, as MLflow records it; what signs a URL is not recorded."""
    if is_delta(source):
        from mlflow.data.delta_dataset_source import DeltaDatasetSource

        place, version = split_version(source)
        return DeltaDatasetSource(hidden(place), delta_table_version=version)
    try:
        return resolve_dataset_source(hidden(source))
    except mlflow.MlflowException:
        # MLflow knows neither runs:/ nor sklearn: as the source of a dataset.
        return CodeDatasetSource({"data": hidden(source)})
