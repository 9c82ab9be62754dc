"""What the pages share: templates in which every value is text, with style and script inside."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reprise import wording


def page(template: str, **values: Any) -> str:
    """A self-contained HTML page; what is not marked as drawn by us is escaped."""
    return environment().get_template(template).render(**values)


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    found = Environment(
        loader=PackageLoader("reprise", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters |= {
        "number": wording.number,
        "count": wording.count,
        "share": wording.share,
        "duration": wording.duration,
        "bytes": wording.size,
        "metric": wording.metric,
    }
    return found
