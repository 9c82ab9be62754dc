"""The one exception that stands for a mistake the user can mend."""

from reprise.credentials import hidden


class RepriseError(Exception):
    """A rule that the user's input breaks, in one line: the rule, the value, the remedy.

    Steps print it on stderr, tag their run with it and exit with status 1; no traceback. URLs in
    it lose their user and password.
    """

    def __init__(self, message: str) -> None:
        super().__init__(hidden(" ".join(message.split())))
