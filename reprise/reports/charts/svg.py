"""SVG elements; whatever is put into one is escaped."""

from collections.abc import Iterable

from markupsafe import Markup, escape

# Colours of a page's style: its classes are s0, s1, ...
COLOURS = 10


def element(name: str, content: Iterable[str] | str = "", **attributes: object) -> Markup:
    """One element. `class_` is the attribute class, underscores are hyphens, None is left out."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = escape(content) if isinstance(content, str) else "".join(map(escape, content))
    return Markup(f"<{name}{shown}>{inner}</{name}>")


def text(x: float, y: float, content: object, anchor: str = "start", **more: object) -> Markup:
    """A text whose anchor (start, middle or end) stands at a point."""
    return element("text", str(content), x=x, y=y, text_anchor=anchor, **more)


def hint(content: object) -> Markup:
    """What a pointer that rests on the element is told."""
    return element("title", str(content))


def picture(
    content: Iterable[str], width: float, height: float, label: str, growing: bool = True
) -> Markup:
    """The whole picture; `label` is what a screen reader says of it.

    It is as wide as its place; unless it is `growing`, not wider than it was drawn.
    """
    view = f"0 0 {_plain(width)} {_plain(height)}"
    most = None if growing else f"max-width: {_plain(width)}px"
    return element(
        "svg", content, viewBox=view, role="img", aria_label=label, class_="chart", style=most
    )


def shortened(content: object, most: int) -> str:
    """One line of text of at most so many characters."""
    line = " ".join(str(content).split()) or "(empty)"
    return line if len(line) <= most else line[: most - 1] + "…"


def colour(number: int) -> str:
    """The class of the n-th series."""
    return f"s{number % COLOURS}"


def _plain(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
