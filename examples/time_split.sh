#!/usr/bin/env bash
# Train on the past, choose on what came next, test on the latest: bash examples/time_split.sh [more parameters]
# The table is made up: hourly load that grows, with a daily rhythm.
set -euo pipefail
cd "$(dirname "$0")/.."
export MLFLOW_EXPERIMENT_NAME=reprise MLFLOW_LOGGING_LEVEL=ERROR

python - <<'END'
import numpy as np
import pandas as pd

random = np.random.default_rng(0)
time = pd.date_range("2024-01-01", periods=24 * 30, freq="h")
warmth = 10 + 8 * np.sin(2 * np.pi * time.hour / 24) + random.normal(0, 1, len(time))
load = 300 - 6 * warmth + 0.05 * np.arange(len(time)) + random.normal(0, 5, len(time))
table = pd.DataFrame({"time": time, "warmth": warmth, "weekday": time.day_name(), "load": load})
table.to_csv("load.csv", index=False)
END

python -m reprise open-store
mlflow run . --env-manager local \
  -P data="$PWD/load.csv" -P target=load -P split=time:time -P model_name=load "$@"
