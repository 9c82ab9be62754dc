"""Parameters of entry points that mean more than a value: what they name, what they decide."""

from collections.abc import Callable, Mapping
from typing import Any

#: They name what an earlier step left: its content counts, not its name.
FROM_STEPS = ("table", "candidates")
#: They name what a step reads.
INPUTS = ("data", "contract", *FROM_STEPS)
#: They decide where and how fast work is done, not what comes out.
WITHOUT_EFFECT = ("workers", "scheduler")

#: The parameters of an entry point in their types, its defaults filled in, given what was given.
#: Raises RepriseError for what it does not take.
Parse = Callable[[str, Mapping[str, Any]], dict[str, Any]]
