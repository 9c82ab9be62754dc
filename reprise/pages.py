"""What the pages share: templates in which every value is text, with style and script inside."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reprise import wording


def page(template: str, **values: Any) -> str:
    """A self-contained HTML page; what is not marked as drawn by us is escaped."""
    loader = PackageLoader("reprise", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "number": wording.number,
        "count": wording.count,
        "share": wording.share,
        "duration": wording.duration,
        "bytes": wording.size,
        "metric": wording.metric,
    }
    return environment.get_template(template).render(**values)
