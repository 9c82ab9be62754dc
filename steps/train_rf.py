"""Entry point train_rf: fit the family rf on a prepared table."""

from reprise.models.rf import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
