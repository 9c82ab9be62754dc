"""Entry point train_extra_trees: fit the family extra_trees on a prepared table."""

from reprise.models.extra_trees import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
