#!/usr/bin/env bash
# A model of your own table: bash examples/own_table.sh [table.csv target name [more parameters]]
# Without arguments a table is made up: rents, with gaps, dates, categories and text.
set -euo pipefail
cd "$(dirname "$0")/.."
export MLFLOW_EXPERIMENT_NAME=reprise MLFLOW_LOGGING_LEVEL=ERROR

table=${1:-$PWD/rents.csv} target=${2:-"monthly rent"} name=${3:-rents}
if [ $# -eq 0 ]; then
  python - "$table" <<'END'
import sys

import numpy as np
import pandas as pd

random = np.random.default_rng(0)
rows = 400
size, district = random.normal(70, 20, rows).clip(20), random.choice(["east", "west", "hill"], rows)
rent = 12 * size + 150 * (district == "hill") + random.normal(0, 40, rows)
pd.DataFrame(
    {
        "living area": size.round(1),
        "district": np.where(random.random(rows) < 0.05, None, district),
        "built": pd.to_datetime(random.integers(1950, 2020, rows), format="%Y").strftime("%d/%m/%Y"),
        "note": [f"{word} flat {n}" for n, word in enumerate(random.choice(["bright", "old"], rows))],
        "monthly rent": rent.round(2),
    }
).to_csv(sys.argv[1], index=False)
END
fi

python -m reprise open-store
mlflow run . --env-manager local \
  -P data="$table" -P target="$target" -P model_name="$name" "${@:4}"
