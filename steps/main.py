"""Entry point main: the whole pipeline under one parent run."""

import click

from steps import parameters
from steps.command import step


@step("main")
@parameters.raw_table
@parameters.option("models", "elasticnet,rf,gbm,nn", str, "families to train, separated by commas")
@parameters.option("tune_model", "best", parameters.OneOf("best", "none", *parameters.FAMILIES),
                   "family to tune: best on validation rows, a family, or none")  # fmt: skip
@parameters.search
@parameters.metric
@parameters.registration
@parameters.parallel
@parameters.option("cache", "use", parameters.OneOf("use", "refresh", "off"),
                   "whether finished steps are reused")  # fmt: skip
def command(**values: str | int | float) -> None:
    """Prepare, train, tune and register; ends with the champion, or says why there is none."""


if __name__ == "__main__":
    command()
