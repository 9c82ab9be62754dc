"""What jobs import, in the order in which they come to need it; each of these takes seconds."""

from collections.abc import Callable
from pathlib import PurePath

from reprise.runtime.fork_job import load
from reprise.runtime.pinned_code import pinned_files

# main itself: with these it can open its run and look into the cache.
TRACKING = (
    "mlflow",
    "mlflow.projects.utils",
    "mlflow.store.tracking.sqlalchemy_store",
    "jinja2",
    "rich.table",
    "steps.main",
    "steps.main_output",
    "reprise.registry.gate",
    "reprise.registry.versions",
    "reprise.reports.main.main_page",
    "reprise.pipeline.runner",
)
# prepare.
PREPARING = (
    "skrub",
    "mlflow.data.pandas_dataset",
    "pyarrow.csv",
    "pyarrow.parquet",
    "matplotlib.backends.backend_agg",
    "scipy.stats",
    "sklearn.neighbors",
    "reprise.data.prepared_files",
)
# What learns, TensorFlow aside: most steps do not need it, and its threads do not survive a fork.
LEARNING = (
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.compose",
    "sklearn.impute",
    "sklearn.calibration",
    "skops.io",
    "mlflow.pyfunc",
    "optuna",
    "reprise.training.blend_record",
    "reprise.training.model_record",
    "reprise.training.blending",
    "reprise.training.search.tuning",
    "reprise.registry.promotion",
    "reprise.models.elasticnet",
    "reprise.models.rf",
    "reprise.models.et",
    "reprise.models.gbm",
    "reprise.models.nn",
)
# The pages of a search.
DRAWING = (
    "plotly.graph_objects",
    "plotly.offline",
    "optuna.visualization",
    "reprise.training.search.figures",
)


def read_code() -> None:
    """Parse the project's modules for what they import, which every fingerprint asks for.

    The server has pinned its code: after an edit, the next main starts another server.
    """
    from reprise.provenance.code import reachable_code

    for path in map(PurePath, pinned_files()):
        if path.parent.name == "steps":
            reachable_code(f"steps.{path.stem}")


def prepare_store() -> None:
    """Have MLflow's tables and their revision worked out; no store is opened."""
    from sqlalchemy.orm import configure_mappers

    from reprise.tracking.mlflow_patches import read_migrations

    configure_mappers()
    read_migrations()


def compile_templates() -> None:
    """Have jinja compile the pages that every main and every train step writes."""
    from reprise.reports.html import environment

    for name in ("report.html", "card.html", "macros.html", "style.css", "script.js"):
        environment().get_template(name)


def read_packages() -> None:
    """Have MLflow list what is installed, compare it with the lock, and ask for the level."""
    from reprise.provenance.environment import unlike_lock
    from reprise.provenance.level_in_force import level_in_force
    from reprise.tracking.mlflow_patches import list_packages

    list_packages()
    unlike_lock()
    level_in_force()


# A main is forked after the first of these that ends while it waits, its steps after the rest.
STAGES: tuple[Callable[[], None], ...] = (
    lambda: load(TRACKING),
    read_code,
    prepare_store,
    compile_templates,
    lambda: load(PREPARING),
    lambda: load(LEARNING),
    read_packages,
    lambda: load(DRAWING),
)
