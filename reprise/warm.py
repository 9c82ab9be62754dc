"""What every step imports, loaded once by the server that step processes are forked from.

This module exists to be imported for its cost: the imports below take seconds.
"""

import matplotlib.backends.backend_agg
import matplotlib.figure  # noqa: F401
import mlflow.data.pandas_dataset
import mlflow.projects.utils
import mlflow.pyfunc
import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
import optuna  # noqa: F401
import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import sklearn.calibration
import sklearn.compose
import sklearn.ensemble
import sklearn.impute
import sklearn.linear_model
import sklearn.model_selection  # noqa: F401
import skops.io  # noqa: F401
import skrub  # noqa: F401

import reprise.importance
import reprise.packaging
import reprise.plots
import reprise.registry
import reprise.search
import reprise.training  # noqa: F401
