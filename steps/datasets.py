"""Tables as MLflow's dataset inputs: where from, which content, how many rows."""

from typing import Any

import mlflow
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.dataset_source_registry import resolve_dataset_source
from mlflow.data.pandas_dataset import PandasDataset

from reprise.table import PreparedTable

_HEAD_ROWS = 10_000


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
    """Where a table comes from, as MLflow records it."""
    try:
        return resolve_dataset_source(source)
    except mlflow.MlflowException:
        # MLflow knows neither runs:/ nor sklearn: as the source of a dataset.
        return CodeDatasetSource({"data": source})
