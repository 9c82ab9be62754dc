"""Entry point train_decision_tree: fit the family decision_tree on a prepared table."""

from reprise.models.decision_tree import FAMILY
from steps.train_command import training_command

command = training_command(FAMILY)

if __name__ == "__main__":
    command()
