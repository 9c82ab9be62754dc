"""What every step imports, loaded once by the server that step processes are forked from.

This module exists to be imported for its cost: the imports below take seconds.
"""

import lightgbm  # noqa: F401
import matplotlib.backends.backend_agg  # noqa: F401
import matplotlib.figure  # noqa: F401
import mlflow.data.pandas_dataset  # noqa: F401
import mlflow.projects.utils  # noqa: F401
import mlflow.pyfunc  # noqa: F401
import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
import optuna  # noqa: F401
import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import skops.io  # noqa: F401
import skrub  # noqa: F401
import sklearn.calibration  # noqa: F401
import sklearn.compose  # noqa: F401
import sklearn.ensemble  # noqa: F401
import sklearn.impute  # noqa: F401
import sklearn.linear_model  # noqa: F401
import sklearn.model_selection  # noqa: F401

import reprise.importance  # noqa: F401
import reprise.packaging  # noqa: F401
import reprise.plots  # noqa: F401
import reprise.registry  # noqa: F401
import reprise.search  # noqa: F401
import reprise.training  # noqa: F401
