"""report.html and the cards, as a browser shows them: from disk and inside MLflow's UI."""

import pytest
from playwright.sync_api import Browser, Frame, Page

from .conftest import HTML, Gallery
from .looking import Seen, check_access, check_look, looking

pytestmark = pytest.mark.browser
SAYS_SO = ["Copied", "Selected"]
KINDS = ("two classes", "ten classes", "200 columns", "regression", "failed")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_from_disk_is_whole_fits_and_can_be_used_by_all(
    gallery, chromium, kind, width, scheme
):
    with looking(chromium, width, scheme) as seen:
        seen.page.goto(gallery.page(kind).as_uri())
        check_look(seen.page)
        check_access(seen.page)
        check_look(seen.page)  # with all details open
        seen.check()
    assert gallery.page(kind).stat().st_size < 3_000_000


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_a_card_is_whole_fits_and_can_be_used_by_all(gallery, chromium, width, scheme):
    with looking(chromium, width, scheme) as seen:
        for step in ("train_elasticnet", "train_gbm", "tune", "ensemble"):
            seen.page.goto(gallery.page("two classes", step, "card.html").as_uri())
            check_look(seen.page)
            check_access(seen.page)
        seen.check()


def test_both_colour_schemes_are_drawn(gallery, chromium):
    grounds = []
    for scheme in ("light", "dark"):
        with looking(chromium, scheme=scheme) as seen:
            seen.page.goto(gallery.page("regression").as_uri())
            colour = "e => getComputedStyle(e).{}"
            ground = seen.page.eval_on_selector("body", colour.format("backgroundColor"))
            ink = seen.page.eval_on_selector(".chart .tick", colour.format("fill"))
            grounds.append((ground, ink))
    assert grounds[0][0] == "rgb(255, 255, 255)"
    assert grounds[0][0] != grounds[1][0]
    assert grounds[0][1] != grounds[1][1]


def test_html_in_a_table_is_text_on_every_page(gallery, chromium):
    with looking(chromium) as seen:
        for step, name in (
            ("main", "report.html"),
            ("train_elasticnet", "card.html"),
            ("tune", "card.html"),
            ("prepare", "profile.html"),
        ):
            seen.page.goto(gallery.page("two classes", step, name).as_uri())
            assert HTML.format(1, 2) in seen.page.content().replace("&lt;", "<").replace(
                "&gt;", ">"
            )
            assert seen.page.query_selector_all("img[src=x], svg script, b > script") == []
            assert seen.page.query_selector_all("h1 ~ h1") == []
        seen.check()


def open_in_mlflow(seen: Seen, server: str, gallery: Gallery, kind: str) -> Frame:
    """The report inside MLflow's artifact viewer."""
    run = gallery.run(kind)
    place = f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/artifacts/report.html"
    seen.page.goto(f"{server}/{place}")
    frame = seen.page.wait_for_selector("iframe.mlflow-html-iframe").content_frame()
    assert frame is not None
    frame.wait_for_selector("#commands")
    return frame


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_inside_mlflow_it_is_whole_and_every_button_works(
    gallery, mlflow_ui, chromium, width, scheme
):
    with looking(chromium, width, scheme) as seen:
        frame = open_in_mlflow(seen, mlflow_ui, gallery, "two classes")
        seen.errors.clear()  # those of MLflow's own page
        check_look(frame)
        press_everything(frame)
        seen.check()


def press_everything(place: Page | Frame) -> None:
    """Copy each command, sort by each column, follow each link that leaves the page.

    By keyboard: MLflow's sidebar lies over what it shows on a narrow screen.
    """
    for button in place.query_selector_all("button.copy"):
        button.press("Enter")
        place.wait_for_function(f"button => {SAYS_SO}.includes(button.textContent)", arg=button)
    for button in place.query_selector_all("th button"):
        if button.is_visible():
            button.press("Enter")
    for link in place.query_selector_all("a.out") if isinstance(place, Frame) else []:
        link.press("Enter")
    if isinstance(place, Frame):
        place.wait_for_function("document.querySelector('.told').textContent.includes('address')")


def test_a_command_is_copied_as_it_stands(gallery, chromium: Browser):
    with looking(chromium) as seen:
        seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        seen.page.goto(gallery.page("two classes").as_uri())
        press_everything(seen.page)
        seen.page.get_by_role("button", name="Copy: Repeat it").press("Enter")
        begins = "mlflow run . --env-manager local -P data=nasty.csv"
        seen.page.wait_for_function(
            "begins => navigator.clipboard.readText().then(text => text.startsWith(begins))",
            arg=begins,
        )
        seen.check()


def test_the_leaderboard_is_sorted_by_keyboard(gallery, chromium):
    with looking(chromium) as seen:
        seen.page.goto(gallery.page("two classes").as_uri())
        seen.page.get_by_role("button", name="accuracy").focus()
        for order, rising in (("ascending", True), ("descending", False)):
            seen.page.keyboard.press("Enter")
            head = seen.page.query_selector("th[aria-sort]")
            assert head.get_attribute("aria-sort") == order
            column = head.evaluate("head => head.cellIndex + 1")
            cells = f"#candidates tbody tr > :nth-child({column})"
            values = [
                float(cell.get_attribute("data-value"))
                for cell in seen.page.query_selector_all(cells)
            ]
            assert values == sorted(values, reverse=not rising)
            assert len(values) == 4


def test_the_links_open_the_pages_of_the_steps(gallery, chromium):
    with looking(chromium) as seen:
        seen.page.goto(gallery.page("two classes").as_uri())
        links = seen.page.eval_on_selector_all("a.out", "all => all.map(each => each.href)")
        names = {link.rsplit("/", 1)[1] for link in links}
        assert {"profile.html", "card.html"} <= names
        for link in links:
            seen.page.goto(link)
            assert seen.page.title()
        seen.check()


def test_it_prints_without_losing_anything_at_the_edge(gallery, chromium):
    with looking(chromium, 800) as seen:
        seen.page.goto(gallery.page("regression").as_uri())
        seen.page.emulate_media(media="print")
        check_look(seen.page)
        assert not seen.page.is_visible("nav")
        assert seen.page.pdf(format="A4").startswith(b"%PDF")
