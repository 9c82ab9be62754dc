"""The one exception that stands for a mistake the user can mend."""


class RepriseError(Exception):
    """A rule that the user's input breaks, in one line: the rule, the value, the remedy.

    Steps print it on stderr, tag their run with it and exit with status 1; no traceback.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
