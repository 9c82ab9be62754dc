"""The columns that evidently's DataDriftPreset says have drifted, of each batch.

    python bench/rivals/drift.py <JSON: a list of {"learned": path, "batch": path}>

prints a list of lists of columns as JSON.
"""

import json
import sys
import warnings
from pathlib import Path

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset


def drifted(learned: str, batch: str) -> list[str]:
    """The columns of a batch that drifted, by the defaults."""
    found = Report([DataDriftPreset()]).run(pd.read_parquet(batch), pd.read_parquet(learned))
    names = []
    for metric in json.loads(found.json())["metrics"]:
        config = metric["config"]
        if "column" in config and _has_drifted(metric["value"], config):
            names.append(config["column"])
    return names


def _has_drifted(value: float, config: dict[str, object]) -> bool:
    """p-values drift below their threshold, distances above it."""
    threshold = float(config["threshold"])  # type: ignore[arg-type]
    return value < threshold if "p_value" in str(config["method"]) else value >= threshold


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asked = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps([drifted(each["learned"], each["batch"]) for each in asked]))
