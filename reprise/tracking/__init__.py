"""MLflow: the store, runs, artifacts, who owns a run, its names and descriptions."""
