"""A border officer opened the verifier once in the morning; since then the network is gone."""

from itertools import count

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journeys.conftest import Visitor
from tests.journeys.prepared import certified
from tests.verifier.conftest import choose_photo
from tests.verifier.pictures import photo_of

pytestmark = pytest.mark.browser
_numbers = count(1)


def prepare(visitor: Visitor) -> BrowserContext:
    """The officer's own browser, after one visit."""
    browser = visitor.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": visitor.width, "height": 800}, locale="en")
    page = context.new_page()
    page.goto(f"{visitor.installation.url}/verify")
    page.wait_for_selector("html[data-offline=ready]", state="attached")
    return context


def read(page: Page) -> str:
    page.wait_for_selector("#answer:not([hidden])")
    return page.inner_text("#answer")


def test_the_officer_checks_papers_without_a_network(visitor: Visitor) -> None:
    codes = certified(visitor, f"PE55{next(_numbers):02d}{visitor.width:04d}"[:9], 1950 + next(_numbers)).signed
    context = prepare(visitor)
    context.set_offline(True)
    page = context.pages[0]
    page.reload()
    page.wait_for_selector("html[data-lists=read]", state="attached")

    choose_photo(page, photo_of(*codes))
    answer = read(page)
    assert "CHECK" in answer  # the requirements are met from the tenth day on
    for fact in ("TOKTOGULOVA GULNARA", "Meningococcal", "Influenza", "Requirements met from"):
        assert fact in answer

    page.click("#next")
    forged = codes[0][:-4] + ("0000" if codes[0][-4:] != "0000" else "1111")
    page.fill("#text", forged)
    page.click("#typed button")
    assert "NOT VALID" in read(page)
    context.close()
