"""Room F7: a scanner types on the visit page, but never acts. Real key events in chromium, on the page as it is."""

import pytest
from playwright.sync_api import Page
from sqlmodel import Session

from registry.pilgrims.models import Pilgrim
from tests.factories import make_pilgrim
from tests.room.scans.steps import (
    BUTTON,
    CHOSEN,
    GS1,
    HELD_MS,
    LOT,
    MRZ,
    NO_LOT,
    OTHER,
    OTHER_LOT,
    chosen,
    nothing_was_recorded,
    open_visit,
    said,
)
from tests.scanner import SCAN_MS, SLOW_SCAN_MS, Keyboard

pytestmark = pytest.mark.browser


OWN = "the passport of the pilgrim on this page"
PIN, CERTIFICATE, LOOK = "A PIN was scanned", "the code of a certificate", "Look at the vial"
OF_A_PERSON = (OTHER, PIN, CERTIFICATE)  # maybe of another one
SCANS = [
    (f"{GS1}\n", CHOSEN),
    (f"{GS1}\t\n", CHOSEN),
    (f"{LOT}\n", CHOSEN),
    ("PE6000101\n", OTHER),
    (MRZ, OTHER),
    ("PE6000100\n", OWN),
    ("20101196000017\n", PIN),
    ("7K3M-9QXD-2RTB\n", CERTIFICATE),
    (f"10{LOT}21SN0001234567\n", NO_LOT),  # the separator is lost: never guessed
    ("4607001771289\n", NO_LOT),
    ("AB 12 34\n\n", NO_LOT),
]


@pytest.mark.parametrize(("every_ms", "cyrillic"), [(SCAN_MS, False), (SLOW_SCAN_MS, True)])
def test_a_scan_on_the_visit_page_is_read_or_refused_and_records_nothing(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim, *, every_ms: float, cyrillic: bool
) -> None:
    visit = open_visit(page, keyboard, pilgrim)
    keyboard.cyrillic = cyrillic
    other = page.input_value("[name=menacwy-lot]")
    for scan, answer in SCANS:
        page.select_option("[name=menacwy-lot]", other)
        page.check("[name=identity_checked]")
        page.focus("[name=identity_checked]")
        keyboard.scan(scan, every_ms=every_ms)
        said(page, answer)
        assert page.url == visit
        lot = page.locator("[name=menacwy-lot] option:checked").inner_text()
        assert page.is_checked("[name=identity_checked]") == (answer not in OF_A_PERSON), scan
        assert lot.startswith(LOT if answer == CHOSEN else LOOK if answer in OF_A_PERSON else OTHER_LOT), scan
        page.keyboard.press("Escape")
    assert nothing_was_recorded(session)


PLACES = [
    BUTTON,
    "[name=identity_checked]",
    "[name=menacwy-lot]",
    "[name=given_by]",
    "[name=given_on] >> nth=0",
    "header form[action='/sign-out'] button",
    "header button[lang=ru]",
    "a.govuk-back-link",
]


def test_wherever_the_focus_is_a_scan_presses_ticks_and_changes_nothing(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    visit = open_visit(page, keyboard, pilgrim)
    before = chosen(page)
    for place in PLACES:
        for scan, answer in (("PE6000100\n", OWN), (" L 24680 \n", NO_LOT), ("\nPE6000100\n", OWN)):
            page.locator(place).focus()
            keyboard.scan(scan)
            said(page, answer)
            assert (page.url, chosen(page)) == (visit, before), (place, scan)
            page.keyboard.press("Escape")
    assert nothing_was_recorded(session)


def test_a_late_enter_of_a_scanner_presses_no_button(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    visit = open_visit(page, keyboard, pilgrim)
    page.locator(BUTTON).focus()
    keyboard.scan("PE6000101")
    keyboard.press("\n", after_ms=300)
    said(page, OTHER)
    page.wait_for_timeout(HELD_MS)
    assert (page.url, nothing_was_recorded(session)) == (visit, True)


def test_the_next_passport_is_looked_for_by_its_own_button(
    page: Page, keyboard: Keyboard, pilgrim: Pilgrim, session: Session
) -> None:
    other = make_pilgrim(session, passport_number="PE6000101")
    session.commit()
    open_visit(page, keyboard, pilgrim)
    keyboard.scan("PE6000101\n")
    said(page, OTHER)
    with page.expect_navigation():
        page.click("#scanned form button[type=submit]")
    assert page.locator(f"main a[href='/pilgrims/{other.id}']").count() == 1


def test_escape_closes_the_question_and_goes_back_to_where_one_was(
    page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    open_visit(page, keyboard, pilgrim)
    keyboard.scan("PE6000101\n")
    said(page, OTHER)
    page.keyboard.press("Escape")
    assert page.inner_text("#scanned") == ""
    assert page.evaluate("document.activeElement.name") == "identity_checked"
