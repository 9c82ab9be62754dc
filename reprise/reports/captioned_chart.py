"""A drawing under a heading."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """A drawing under a heading; `note` says how to read it, or why there is nothing to draw."""

    title: str
    drawing: Markup
    note: str = ""
