"""Mains of several kinds in one store, MLflow's own UI on it, and Chromium to look at both."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from playwright.sync_api import Browser, sync_playwright

from tests.pipeline.conftest import Workplace
from tests.servers.processes import free_port, is_healthy, running

# Without these Chromium asks hosts of its maker by itself.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
)
HTML = "<script>alert({})</script><img src=x onerror=alert({})>"


@dataclass(frozen=True)
class Gallery(Workplace):
    """A store with one main of each kind, in an experiment that is called like it."""

    def make(self, kind: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a main of a kind."""
        environment = self.environment() | {"MLFLOW_EXPERIMENT_NAME": kind}
        return subprocess.run(
            [sys.executable, "-m", "steps.main", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, kind: str) -> Run:
        """The latest main of a kind; that of the regression has computed nothing."""
        experiment = self.client.get_experiment_by_name(kind)
        where = "tags.`mlflow.project.entryPoint` = 'main'"
        return self.client.search_runs(
            [experiment.experiment_id], where, order_by=["attributes.start_time DESC"]
        )[0]

    def page(self, kind: str, step: str = "main", name: str = "report.html") -> Path:
        """The file of a page that a step of this main has left."""
        main = self.run(kind)
        run = main if step == "main" else self.children(main)[step]
        return Path(run.info.artifact_uri.removeprefix("file://")) / name


def write_nasty(path: Path) -> str:
    """Two classes, whose names, columns and categories are HTML; return the target's name."""
    generator = np.random.default_rng(0)
    column, target = HTML.format(1, 2), f"<b>target</b> {HTML.format(3, 4)}"
    number = generator.normal(size=240)
    table = pd.DataFrame(
        {
            column: number,
            "</script><h1>text": generator.choice([HTML.format(5, 6), "b & c", "</svg>"], 240),
            "when": pd.date_range("2020-01-01", periods=240).astype(str),
            "gone": np.where(generator.random(240) < 0.7, np.nan, number),
            "id": np.arange(240),
        }
    )
    yes = number + generator.normal(scale=0.5, size=240) > 0
    table[target] = np.where(yes, HTML.format(7, 8), "'no' & \"never\"")
    table.to_csv(path, index=False)
    return target


def write_wide(path: Path) -> None:
    """A regression of 200 columns."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(150, 200))
    table = pd.DataFrame(X, columns=[f"a column with number {n}" for n in range(200)])
    table["target"] = 1e5 * (X[:, 0] + X[:, 1] ** 2)
    table.to_csv(path, index=False)


@pytest.fixture(scope="package")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """Mains of two nasty classes, of ten, of 200 columns, a repeated one, and one that fails."""
    gallery = Gallery(tmp_path_factory.mktemp("gallery"))
    target = write_nasty(gallery.folder / "nasty.csv")
    write_wide(gallery.folder / "wide.csv")
    few = ("--models", "elasticnet", "--tune_model", "none")
    kinds = {
        "two classes": (
            "--data",
            "nasty.csv",
            "--target",
            target,
            "--models",
            "elasticnet,gbm",
            "--tune_model",
            "elasticnet",
            "--trials",
            "2",
        ),
        "ten classes": ("--data", "sklearn:digits", "--models", "rf", "--tune_model", "none"),
        "200 columns": ("--data", "wide.csv", *few),
        "regression": ("--models", "nn,elasticnet", "--tune_model", "none", "--ensemble", "none"),
        "failed": ("--gate", "r2>=0.99", *few),
    }
    for kind, arguments in kinds.items():
        name = ("--model_name", f"gallery-{kind.replace(' ', '-')}")
        done = gallery.make(kind, *arguments, *name)
        assert (done.returncode == 0) == (kind != "failed"), done.stdout + done.stderr
    done = gallery.make("regression", *kinds["regression"], "--model_name", "gallery-regression")
    assert done.returncode == 0, done.stdout + done.stderr
    yield gallery
    gallery.call(sys.executable, "-m", "reprise", "stop")


@pytest.fixture(scope="package")
def mlflow_ui(gallery: Gallery) -> Iterator[str]:
    """The address of an MLflow server on the gallery's store."""
    port = free_port()
    command = [
        "mlflow",
        "server",
        "--port",
        str(port),
        "--workers",
        "1",
        "--backend-store-uri",
        gallery.uri,
    ]
    environment = gallery.environment() | {"MLFLOW_DISABLE_TELEMETRY": "true"}
    with running(command, lambda: is_healthy(port), gallery.folder / "server.log", environment):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, which asks nobody."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        browser.close()
