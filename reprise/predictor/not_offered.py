"""What a model is told with that is asked for what it does not have."""


class NotOffered(ValueError):
    """The rule, what was asked for and the remedy, in a line."""
