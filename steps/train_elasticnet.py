"""Entry point train_elasticnet: fit the family elasticnet on a prepared table."""

from reprise.models.elasticnet import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
