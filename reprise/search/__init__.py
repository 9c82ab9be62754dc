"""Hyperparameter search: cross-validated trials, the same at any parallelism."""

from reprise.search.running import SearchResult, run_search
from reprise.search.trial import PRUNERS, Search, Trial

__all__ = ["PRUNERS", "Search", "SearchResult", "Trial", "run_search"]
