"""Words are longer in Kyrgyz and Russian: no list runs out of its page, on a telephone, a tablet or a desk."""

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.browser

WIDTHS = [360, 768, 900, 1024]
REASON = "Башка зыяратчы эмделген, кызматкер катарды чаташтырган"
LISTS = {
    "immunologist2": ["/stock", "/coverage", "/print"],
    "auditor": ["/audit", "/log"],
    "administrator": ["/staff"],
}
TOO_WIDE = """() => {
  const page = document.documentElement;
  const wide = [...document.querySelectorAll("main table")].filter(
    (table) => table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right + 1);
  const found = wide.map((table) => table.caption.textContent.trim());
  return page.scrollWidth > page.clientWidth ? [...found, `${page.scrollWidth} of ${page.clientWidth} px`] : found;
}"""
LONGEST = """() => document.querySelectorAll("main td bdi:not(.app-whole)").forEach(
  (text) => { text.textContent = "ABCDEFGHJK0123456789"; })"""


def a_record_with_withdrawn_doses(visitor: Visitor) -> str:
    """A training pilgrim's page, after one dose was corrected and all withdrawn. None of Naryn: others print it."""
    page = visitor.page
    for number in range(1, 40):
        visitor.go("/pilgrims")
        page.fill("#text", f"PE900000{number:02d}")
        visitor.submit()
        links = page.locator("main a[href^='/pilgrims/']:not([href*='import'])")
        if links.count() != 1:
            continue
        visitor.press(links.first)
        if "Naryn" not in page.inner_text("main") and page.locator("a[href$='/withdraw']").count():
            break
    record = page.url.removeprefix(visitor.installation.url)
    correct_the_site(visitor)
    while page.locator("a[href$='/withdraw']").count():
        visitor.press(page.locator("a[href$='/withdraw']").first)
        page.fill("#reason", REASON)
        visitor.submit()
    return record


def correct_the_site(visitor: Visitor) -> None:
    page = visitor.page
    visitor.press(page.locator("a[href$='/correct'][href*='/doses/']").first)
    sites = page.locator("#site option")
    chosen = page.input_value("#site")
    other = next(value for one in sites.all() if (value := one.get_attribute("value")) != chosen)
    page.select_option("#site", other)
    page.fill("#reason", REASON)
    visitor.submit()
    for box in page.locator("input[name=confirmed]").all():
        box.check()
    if page.url.endswith("/correct"):
        visitor.submit()


def too_wide(page: Page) -> list[str]:
    """What is too wide at which width of the window."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{one} at {width} px" for one in page.evaluate(TOO_WIDE)]
    return found


@pytest.mark.parametrize("width", [1024], indirect=True)
def test_no_list_runs_out_of_its_page_in_any_language(visitor: Visitor) -> None:
    """A withdrawn dose's tag in Kyrgyz pushed the record 15 px off a desk's screen, and tablets showed half of it."""
    found: dict[str, list[str]] = {}
    for username, paths in LISTS.items():
        visitor.sign_in(username)
        records = [a_record_with_withdrawn_doses(visitor)] if username == "immunologist2" else []
        for language in ("ky", "ru", "en"):
            visitor.page.set_viewport_size({"width": 1024, "height": 800})
            visitor.choose(language)
            for path in [*paths, *records]:
                visitor.go(path)
                found[f"{language} {path}"] = too_wide(visitor.page)
                if path in records:
                    assert visitor.page.locator("main td .govuk-tag").count() > 2
                    visitor.page.evaluate(LONGEST)
                    found[f"{language}, the longest number of a lot"] = too_wide(visitor.page)
        visitor.page.set_viewport_size({"width": 1024, "height": 800})
        visitor.choose("en")
        visitor.sign_out()
    assert {where: what for where, what in found.items() if what} == {}
