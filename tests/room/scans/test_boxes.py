"""Room F7: a scan goes into the box that takes it, whole, and into no other."""

import pytest
from playwright.sync_api import Page
from sqlmodel import Session, select

from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccines.models import Lot
from tests.room.scans.steps import GS1, LOT, SignIn
from tests.scanner import ORIGIN, SCAN_MS, SLOW_SCAN_MS, Keyboard, Window

pytestmark = pytest.mark.browser


# A box that holds a number already, what is scanned into it twice, the pause between keys, and what it then holds.
FILLED = [
    ("/pilgrims/{pilgrim}/correct", "passport_number", ("PE7700103\n", "PE7700104\n"), SCAN_MS, "PE7700104"),
    ("/pilgrims/{pilgrim}/correct", "passport_number", ("PE7700103",), SLOW_SCAN_MS, "PE7700103"),
    ("/pilgrims/{pilgrim}/correct", "pin", ("20101196000017\n", "20101196000018\n"), SCAN_MS, "20101196000018"),
    ("/stock/lots/{lot}/correct", "number", ("UMN0009Z\n",), SCAN_MS, "UMN0009Z"),
    ("/stock/lots/{lot}/correct", "number", (f"99{GS1}\n",), SLOW_SCAN_MS, f"99{GS1}"),
    ("/pilgrims", "text", ("PE7700103", "PE7700104"), SCAN_MS, "PE7700104"),
]


def test_a_scan_into_a_box_that_holds_a_number_takes_its_place(
    session: Session, window: Window, sign_in: SignIn, pilgrim: Pilgrim, naryn_lead: Staff
) -> None:
    """room F7: never glued to what stood there."""
    lot = session.exec(select(Lot).where(Lot.number == LOT)).one()
    with window.answered_by(sign_in(naryn_lead)) as page:
        keyboard = Keyboard(page, cyrillic=True)
        for path, name, scans, every_ms, wanted in FILLED:
            page.goto(f"{ORIGIN}{path.format(pilgrim=pilgrim.id, lot=lot.id)}")
            box = page.locator(f"main [name={name}]")
            for number, scan in enumerate(scans):
                keyboard.at_ms += 1000 if number else 0
                box.focus()
                box.evaluate("(box, end) => box.setSelectionRange(end, end)", 0 if number else 3)
                keyboard.scan(scan, every_ms=every_ms)
            assert box.input_value() == wanted, (path, name, scans)


def test_a_hand_that_goes_on_quickly_in_a_box_loses_nothing(window: Window, sign_in: SignIn, naryn_lead: Staff) -> None:
    with window.answered_by(sign_in(naryn_lead)) as page:
        page.goto(f"{ORIGIN}/pilgrims/new")
        keyboard = Keyboard(page)
        page.focus("[name=pin]")
        keyboard.type("2010")
        keyboard.at_ms += 1000
        keyboard.scan("1196000017", every_ms=70)
        assert page.input_value("[name=pin]") == "20101196000017"


def test_a_passport_scanned_beside_its_box_goes_into_it(window: Window, sign_in: SignIn, naryn_lead: Staff) -> None:
    with window.answered_by(sign_in(naryn_lead)) as page:
        page.goto(f"{ORIGIN}/pilgrims/new")
        page.fill("[name=surname]", "Асанбекова")
        page.focus("[name=surname]")
        Keyboard(page, cyrillic=True).scan("PE6000101\n")
        page.wait_for_function("() => document.activeElement.name === 'passport_number'")
        assert page.input_value("[name=passport_number]") == "PE6000101"
        assert page.input_value("[name=surname]") == "Асанбекова"


def test_the_search_still_takes_a_scan_with_its_enter(page: Page, keyboard: Keyboard, pilgrim: Pilgrim) -> None:
    keyboard.cyrillic = True
    for focused in ("#text", "header nav a"):
        page.goto(f"{ORIGIN}/pilgrims")
        page.locator(focused).first.focus()
        with page.expect_navigation():
            keyboard.scan("PE6000100\n")
        assert pilgrim.latin_surname in page.inner_text("main")
