"""Predict with a registered model: python examples/predict_in_python.py [model URI] [table]."""

import sys

import mlflow
import pandas as pd
from sklearn.datasets import load_diabetes


def main(uri: str = "models:/reprise@champion", table: str | None = None) -> None:
    """Print the first rows of a table beside what the model says of them."""
    # MLFLOW_TRACKING_URI says where models are kept; mlflow.db in this folder where it is not set.
    model = mlflow.pyfunc.load_model(uri)
    rows = load_diabetes(as_frame=True).frame if table is None else pd.read_csv(table)
    rows = rows.head()
    # Raw columns, in any order; further ones, such as the target, would be ignored with a warning.
    columns = model.metadata.get_input_schema().input_names()
    print(rows.assign(predicted=model.predict(rows[columns])).to_string(index=False))
    print(f"\n{uri} reads {', '.join(columns)}; trained by run {model.metadata.run_id}")


if __name__ == "__main__":
    main(*sys.argv[1:])
