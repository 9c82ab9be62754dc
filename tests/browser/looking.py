"""What a person who looks at a page would notice, asked of the browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page, ViewportSize

# Elements that are shown, and take up no room.
INVISIBLE = """() => [...document.querySelectorAll("svg.chart, img")].filter(each => {
  const box = each.getBoundingClientRect();
  const hidden = each.closest("details:not([open])") || !each.checkVisibility();
  const broken = each.tagName === "IMG" && !each.naturalWidth;
  return broken || (!hidden && (box.width < 20 || box.height < 2));
}).map(each => each.outerHTML.slice(0, 200))"""
OVERHANG = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Seen:
    """A page, with the errors on its console, the hosts it asked and the dialogs it opened."""

    page: Page
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Nothing went wrong, nothing left the machine, no script of a table ran."""
        away = [
            url
            for url in self.asked
            if urlsplit(url).scheme not in ("file", "data", "blob")
            and urlsplit(url).hostname != "127.0.0.1"
        ]
        assert (self.errors, away, self.dialogs) == ([], [], [])


@contextmanager
def looking(browser: Browser, width: int = 1280, scheme: str = "light") -> Iterator[Seen]:
    """A new page of that width, in a light or dark colour scheme."""
    view = ViewportSize(width=width, height=900)
    with browser.new_context(viewport=view, color_scheme=scheme) as context:
        seen = Seen(context.new_page())
        seen.page.on(
            "console",
            lambda message: (
                seen.errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.on(
            "dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss())
        )
        yield seen


def check_look(page: Page | Frame) -> None:
    """Every picture is there, and nothing hangs over the right edge."""
    assert page.evaluate("document.querySelectorAll('svg.chart').length") > 0
    assert page.evaluate(INVISIBLE) == []
    assert page.evaluate(OVERHANG) <= 0


def check_access(page: Page) -> None:
    """axe-core finds nothing serious or critical."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = Axe().run(page).response["violations"]
    grave = [
        (each["id"], [node["html"][:200] for node in each["nodes"][:3]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert grave == []
