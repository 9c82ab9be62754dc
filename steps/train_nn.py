"""Entry point train_nn: fit the family nn on a prepared table."""

from reprise.models.nn import FAMILY
from steps import parameters
from steps.command import step


@step("train_nn")
@parameters.table
@parameters.hyperparameters(FAMILY)
@parameters.seed
def command(table: str, seed: int, **hyperparameters: int | float) -> None:
    """Fit nn; leaves the model, validation metrics, plots and predictions."""
    from steps.models import run_training

    run_training(FAMILY, table, seed, **hyperparameters)


if __name__ == "__main__":
    command()
