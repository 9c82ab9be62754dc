"""Take the pictures of README: python docs/screenshots.py REPORT SEARCH FOLDER (needs Chromium).

REPORT is the report.html of a `main`, SEARCH the search/search.html of its `tune`.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

# Name, width, height, colour scheme, the section at the top of the picture.
OF_REPORT = (
    ("report-answer", 1280, 860, "light", "answer"),
    ("report-predictions", 1280, 860, "dark", "predictions"),
    ("report-data", 1280, 860, "light", "data"),
    ("report-phone", 390, 844, "light", "answer"),
)
OF_SEARCH = (("search", 1000, 1660, "light", "answer"),)


def show(page: Page, section: str) -> None:
    """Scroll to a section; the answer is the top of the page."""
    if section != "answer":
        page.evaluate("id => document.getElementById(id).scrollIntoView()", section)


def main(report: str, search: str, folder: str) -> None:
    """Write each picture into the folder."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        for path, pictures in ((report, OF_REPORT), (search, OF_SEARCH)):
            for name, width, height, scheme, section in pictures:
                view = ViewportSize(width=width, height=height)
                page = browser.new_page(viewport=view, color_scheme=scheme, reduced_motion="reduce")
                page.goto(Path(path).resolve().as_uri())
                show(page, section)
                page.screenshot(path=Path(folder) / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
