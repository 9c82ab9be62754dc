"""Entry point train_nn: fit the family nn on a prepared table."""

from reprise.models.nn import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
