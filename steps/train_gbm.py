"""Entry point train_gbm: fit the family gbm on a prepared table."""

from reprise.models.gbm import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
