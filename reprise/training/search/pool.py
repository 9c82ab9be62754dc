"""What a search asks of the processes that measure its trials."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol


class Pool(Protocol):
    """Where trials run. `function(shared, *arguments)` must not depend on who runs it."""

    def start(self, shared: Any) -> None:
        """Hand `shared` to every worker, once."""

    def map(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Results of `function(shared, *arguments)` for each of `calls`, in their order.

        Begins at once. What a worker was at when it died is done again by another; raises
        RepriseError where that does not help.
        """

    def close(self, wait: bool) -> None:
        """End the workers, dropping what has not begun, and without `wait` what has."""
