"""Room F7: a scanner as slow as a typist is told from a hand."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlmodel import Session

from registry.pilgrims.models import Pilgrim
from tests.factories import NOW
from tests.room.scans.steps import (
    BUTTON,
    CHOSEN,
    HELD_MS,
    LOT,
    NO_LOT,
    OTHER,
    choose_lots,
    chosen,
    nothing_was_recorded,
    open_visit,
    said,
)
from tests.scanner import Keyboard

pytestmark = pytest.mark.browser


AT_TYPING_SPEED = [
    # Focus, keys, pause between them, what is said.
    (BUTTON, "PE7700103\n", 100, OTHER),
    (BUTTON, "PE7700103\n", 300, OTHER),
    (BUTTON, "PE7700103\n\n", 100, OTHER),
    (BUTTON, f"{LOT}\n", 120, CHOSEN),
    (BUTTON, "L 24 680 \n", 100, NO_LOT),
    ("[name=identity_checked]", "PE7700103\n", 100, OTHER),
    ("[name=identity_checked]", "PE 7700103\t\n", 100, NO_LOT),
    ("[name=menacwy-lot]", "PE7700103\n", 100, OTHER),
    ("header form[action='/sign-out'] button", "PE7700103\n", 100, OTHER),
    ("a.govuk-back-link", "PE7700103\n", 100, OTHER),
]


def test_a_scanner_as_slow_as_a_typist_presses_no_button(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    """room F7: letters, then Enter upon a button, are no press of a hand, however slowly they come."""
    visit = open_visit(page, keyboard, pilgrim)
    before = chosen(page)
    for place, scan, every_ms, answer in AT_TYPING_SPEED:
        page.locator(place).focus()
        keyboard.scan(scan, every_ms=every_ms)
        said(page, answer)
        assert page.is_checked("[name=identity_checked]") == (answer != OTHER), (place, scan)
        choose_lots(page)
        page.check("[name=identity_checked]")
        assert (page.url, chosen(page)) == (visit, before), (place, scan)
        page.keyboard.press("Escape")
    page.wait_for_timeout(HELD_MS)
    assert (page.url, nothing_was_recorded(session)) == (visit, True)


@pytest.mark.parametrize("place", [BUTTON, "header form[action='/sign-out'] button", "a.govuk-back-link"])
def test_an_enter_that_a_slow_scanner_sends_first_presses_nothing(
    session: Session, page_of_its_own: Page, pilgrim: Pilgrim, place: str
) -> None:
    """room F7, its neighbour: the page waits for the hand behind an Enter, and letters are none."""
    page, keyboard = page_of_its_own, Keyboard(page_of_its_own)
    page.clock.install(time=NOW)  # a window would keep this clock
    visit = open_visit(page, keyboard, pilgrim)
    page.clock.pause_at(NOW + timedelta(hours=1))
    for pause_ms in (100, 150, 190):
        page.locator(place).focus()
        keyboard.scan("\n")
        page.clock.run_for(pause_ms)
        keyboard.scan("PE7700103\n", every_ms=pause_ms)
        page.clock.run_for(HELD_MS)
        assert OTHER in page.inner_text("#scanned")
        page.keyboard.press("Escape")
    page.clock.run_for(HELD_MS)
    assert (page.url, nothing_was_recorded(session)) == (visit, True)
