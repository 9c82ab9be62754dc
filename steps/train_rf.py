"""Entry point train_rf: fit the family rf on a prepared table."""

from reprise.models.rf import FAMILY
from steps import parameters
from steps.command import step


@step("train_rf")
@parameters.table
@parameters.hyperparameters(FAMILY)
@parameters.seed
def command(table: str, seed: int, **hyperparameters: int | float) -> None:
    """Fit rf; leaves the model, validation metrics, plots and predictions."""
    from steps.models import run_training

    run_training(FAMILY, table, seed, **hyperparameters)


if __name__ == "__main__":
    command()
