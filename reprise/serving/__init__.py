"""Serving a model over HTTP: MLflow's scoring protocol, and JSON records."""
