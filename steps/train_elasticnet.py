"""Entry point train_elasticnet: fit the family elasticnet on a prepared table."""

from reprise.models.elasticnet import FAMILY
from steps import parameters
from steps.command import step


@step("train_elasticnet")
@parameters.table
@parameters.hyperparameters(FAMILY)
@parameters.seed
def command(table: str, seed: int, **hyperparameters: int | float) -> None:
    """Fit elasticnet; leaves the model, validation metrics, plots and predictions."""
    from steps.models import run_training

    run_training(FAMILY, table, seed, **hyperparameters)


if __name__ == "__main__":
    command()
