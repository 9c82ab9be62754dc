"""Entry point train_et: fit the family et on a prepared table."""

from reprise.models.et import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
