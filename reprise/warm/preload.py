"""What jobs import, in the order in which they come to need it; each of these takes seconds."""

from importlib import import_module

from reprise.lineage.source import ROOT

# main itself: with these it can open its run and look into the cache.
TRACKING = (
    "mlflow",
    "mlflow.projects.utils",
    "mlflow.store.tracking.sqlalchemy_store",
    "jinja2",
    "rich.table",
    "steps.main",
    "steps.progress",
    "reprise.registry",
    "reprise.report",
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
    "reprise.preparation",
    "reprise.profile",
    "reprise.raw.reading",
    "reprise.summary",
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
    "steps.blends",
    "steps.models",
    "steps.trials",
    "reprise.fitting.ensemble",
    "reprise.search",
    "reprise.models.elasticnet",
    "reprise.models.rf",
    "reprise.models.gbm",
    "reprise.models.nn",
)
# The pages of a search.
DRAWING = ("plotly.graph_objects", "plotly.offline", "optuna.visualization", "reprise.search.plots")


def load(modules: tuple[str, ...]) -> None:
    """Import these modules."""
    for name in modules:
        import_module(name)


def read_code() -> None:
    """Parse the project's modules for what they import, which every fingerprint asks for.

    The server's code is that of its imports: after an edit, the next main starts another server.
    """
    from reprise.lineage.code import reachable_code

    for path in sorted((ROOT / "steps").glob("*.py")):
        reachable_code(f"steps.{path.stem}")


def prepare_store() -> None:
    """Have SQLAlchemy work out MLflow's tables; no store is opened."""
    from sqlalchemy.orm import configure_mappers

    configure_mappers()


def compile_templates() -> None:
    """Have jinja compile the pages that every main and every train step writes."""
    from reprise.pages import environment

    for name in ("report.html", "card.html", "macros.html", "style.css", "script.js"):
        environment().get_template(name)


def read_packages() -> None:
    """Have MLflow list what is installed, which it asks for whenever a model is logged."""
    from mlflow.utils.requirements_utils import _init_packages_to_modules_map

    _init_packages_to_modules_map()
