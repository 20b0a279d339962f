"""Room F7: another person's paper takes the identity tick and the lots away. A scan of anything else leaves them."""

import pytest
from playwright.sync_api import Page
from sqlmodel import Session

from registry.pilgrims.models import Pilgrim
from tests.room.scans.steps import GS1, MRZ, chosen, nothing_was_recorded, open_visit, said
from tests.scanner import SCAN_MS, SLOW_SCAN_MS, Keyboard

pytestmark = pytest.mark.browser
AWAY = "The identity is no longer ticked and no lot is chosen"
LOTS = ("menacwy-lot", "influenza-lot")

OF_SOMEBODY = [
    pytest.param("PE6000101\n", SCAN_MS, "[name=identity_checked]", id="another passport"),
    pytest.param(MRZ, SCAN_MS, "[name=identity_checked]", id="the lines of another passport"),
    pytest.param("20101196000017\n", SLOW_SCAN_MS, "[name=menacwy-lot]", id="a PIN, which this page cannot compare"),
    pytest.param("7K3M-9QXD-2RTB\n", SCAN_MS, "body", id="a certificate"),
    pytest.param("PE6000101\n", 150, "main form button[type=submit]:not([tabindex])", id="typed by hand"),
    pytest.param("PE6000101\n", SCAN_MS, "[name=given_on] >> nth=0", id="into a box of the form"),
]


def state(page: Page) -> tuple[bool, list[str], list[bool]]:
    shown = [page.is_hidden(f"#{name}-shown") for name in LOTS]
    return page.is_checked("[name=identity_checked]"), [page.input_value(f"[name={name}]") for name in LOTS], shown


@pytest.mark.parametrize(("scan", "every_ms", "place"), OF_SOMEBODY)
def test_f7_a_paper_of_another_person_puts_identity_and_lots_down(
    *, session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim, scan: str, every_ms: float, place: str
) -> None:
    """It said "Nothing was recorded", and "Stay on this page" left the pilgrim of before ticked."""
    visit = open_visit(page, keyboard, pilgrim)
    page.locator(place).focus()
    keyboard.scan(scan, every_ms=every_ms)
    said(page, AWAY)
    page.click("#scanned [data-close-scanned]")
    assert (page.url, state(page)) == (visit, (False, ["", ""], [True, True]))
    keyboard.scan(scan, every_ms=every_ms)
    page.wait_for_function("() => document.getElementById('scanned').innerText !== ''")
    assert AWAY not in said(page), "nothing was left to take away"
    assert nothing_was_recorded(session)


@pytest.mark.parametrize("scan", ["PE6000100\n", "4607001771289\n", " L 24680 \n", f"{GS1}\n"])
def test_f7_what_is_nobody_elses_leaves_what_was_chosen(
    page: Page, keyboard: Keyboard, pilgrim: Pilgrim, scan: str
) -> None:
    open_visit(page, keyboard, pilgrim)
    page.select_option("[name=menacwy-lot]", index=1)
    before = chosen(page)
    page.focus("[name=identity_checked]")
    keyboard.scan(scan)
    page.wait_for_function("() => document.getElementById('scanned').innerText !== ''")
    assert AWAY not in said(page)
    assert page.is_checked("[name=identity_checked]")
    assert scan.startswith(GS1) or chosen(page) == before


BOTH, ONE, NOTHING = (
    "Record both vaccines",
    "Record one vaccine, and why the other is not given",
    "Record that nothing was given",
)


def test_f13_the_button_says_what_it_records(page: Page, keyboard: Keyboard, pilgrim: Pilgrim) -> None:
    """It read "Record both vaccines" where the pilgrim had refused both."""
    visit = open_visit(page, keyboard, pilgrim)
    read = [page.inner_text("main form button[type=submit]:not([tabindex])")]
    for name, value in (
        ("menacwy", "refused"),
        ("influenza", "refused"),
        ("menacwy", "out_of_stock"),
        ("menacwy", ""),
        ("influenza", ""),
    ):
        page.select_option(f"[name={name}-not_given]", value)
        read.append(page.inner_text("main form button[type=submit]:not([tabindex])"))
    assert read == [BOTH, ONE, NOTHING, NOTHING, ONE, BOTH]
    assert page.url == visit
