"""Hyperparameter search: cross-validated trials, the same at any parallelism."""
