"""The command of a train_* entry point: the same for every family but for its hyperparameters."""

from reprise.models.family import Family
from steps import parameters
from steps.command import StepCommand, step
from steps.echo import say


def training_command(family: Family) -> StepCommand:
    """The command train_<family>, with an option for each of its hyperparameters."""

    @step(f"train_{family.name}")
    @parameters.table
    @parameters.hyperparameters(family)
    @parameters.seed
    def command(table: str, seed: int, **hyperparameters: int | float) -> None:
        run_training(family, table, seed, **hyperparameters)

    command.help = (
        f"Fit {family.name}; leaves the model, validation metrics, plots and predictions."
    )
    return command


def run_training(family: Family, table: str, seed: int, **hyperparameters: int | float) -> None:
    """The whole of a train_* step: open the table, fit, log, print."""
    from reprise.data.datasets import log_parts, open_prepared
    from reprise.runtime.cores import threads
    from reprise.training.model_record import log_record, record_trained
    from reprise.training.train import train
    from steps.terminal import telling

    prepared = open_prepared(table)
    log_parts(prepared, "train", "validation")
    rows = prepared.learning_rows()
    with telling() as report:
        trained = train(family, rows, hyperparameters, seed, threads(), report=report)
    say(f"model: {log_record(record_trained(trained, prepared.schema))}")
