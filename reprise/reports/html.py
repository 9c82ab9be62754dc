"""What the pages share: templates in which every value is text, with style and script inside."""

from functools import cache
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from reprise import formatting
from reprise.errors import hidden
from reprise.runtime.pinned_code import pinned_files

_FOLDER = "reprise/reports/templates"


def page(template: str, **values: Any) -> str:
    """A self-contained HTML page; what is not marked as drawn by us is escaped."""
    return environment().get_template(template).render(**values)


def template_text(name: str) -> str | None:
    """The source of a template, as it is recorded with what it renders; None without one."""
    file = pinned_files().get(f"{_FOLDER}/{name}")
    return None if file is None else file.content.decode()


def shown(value: Any) -> Any:
    """A value as a page has it: URLs in a text without their secrets."""
    return hidden(value) if type(value) is str else value


@cache
def environment() -> Environment:
    """The templates, compiled once."""
    found = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "number": formatting.number,
        "count": formatting.count,
        "share": formatting.share,
        "duration": formatting.duration,
        "bytes": formatting.size,
        "metric": formatting.metric,
    }
    return found
