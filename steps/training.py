"""The command of a train_* entry point: the same for every family but for its hyperparameters."""

from reprise.models.family import Family
from steps import parameters
from steps.command import StepCommand, step


def training_command(family: Family) -> StepCommand:
    """The command train_<family>, with an option for each of its hyperparameters."""

    @step(f"train_{family.name}")
    @parameters.table
    @parameters.hyperparameters(family)
    @parameters.seed
    def command(table: str, seed: int, **hyperparameters: int | float) -> None:
        from steps.models import run_training

        run_training(family, table, seed, **hyperparameters)

    command.help = (
        f"Fit {family.name}; leaves the model, validation metrics, plots and predictions."
    )
    return command
