"""Room F7: a box keeps of a scan what it can read; the rest goes where it is read, or is refused aloud."""

import pytest
from playwright.sync_api import Page
from sqlmodel import Session, select

from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccines.models import Lot
from tests.room.scans.steps import GS1, LOT, MRZ, SignIn, said
from tests.scanner import ORIGIN, SCAN_MS, SLOW_SCAN_MS, Keyboard, Window

pytestmark = pytest.mark.browser
NEW, PIN, CODE = "PE7700103", "20101196000017", "7K3M-9QXD-2RTB"
UNREAD, FILLED = "Nothing on this page reads", "holds another one already"
OLD_PIN = "10101196000018"

# Where it is scanned, what, what the two boxes then hold, what is said; all upon an older refusal that is still shown.
REGISTER = [
    ("pin", f"{NEW}\n", (NEW, ""), ""),
    ("passport_number", f"{PIN}\n", ("", PIN), ""),
    ("passport_number", f"{NEW}\n", (NEW, ""), ""),
    ("passport_number", MRZ, ("PE6000101", ""), ""),
    ("pin", MRZ, ("PE6000101", ""), ""),
    ("passport_number", "C01X00T47\n", ("C01X00T47", ""), ""),  # of another country: its shape is not known
    ("passport_number", f"{GS1}\n", ("", ""), UNREAD),
    ("passport_number", "4607001771289\n", ("", ""), UNREAD),
    ("passport_number", f"{CODE}\n", ("", ""), "the code of a certificate"),
    ("pin", f"{GS1}\n", ("", ""), UNREAD),
    ("pin", "UMN0003A\n", ("", ""), UNREAD),
]

AN_OLDER_REFUSAL = """() => document.getElementById("scanned").replaceChildren(
  document.querySelector("template[data-scanned=enter]").content.cloneNode(true))"""
# Nothing else is said than the answer: the older refusal is gone.
HELD = """([passport, pin, answer]) => {
  const told = document.getElementById("scanned").innerText;
  return document.querySelector("[name=passport_number]").value === passport
    && document.querySelector("[name=pin]").value === pin
    && (answer === "" ? told === "" : told.includes(answer));
}"""


def boxes(page: Page) -> tuple[str, str]:
    return page.input_value("[name=passport_number]"), page.input_value("[name=pin]")


@pytest.mark.parametrize(("every_ms", "cyrillic"), [(SCAN_MS, True), (SLOW_SCAN_MS, False)])
def test_f7_on_register_a_scan_goes_to_the_box_that_reads_it(
    window: Window, sign_in: SignIn, naryn_lead: Staff, *, every_ms: float, cyrillic: bool
) -> None:
    with window.answered_by(sign_in(naryn_lead)) as page:
        page.goto(f"{ORIGIN}/pilgrims/new")
        keyboard = Keyboard(page, cyrillic=cyrillic)
        for place, scan, wanted, answer in REGISTER:
            page.fill("[name=passport_number]", "")
            page.fill("[name=pin]", "")
            page.evaluate(AN_OLDER_REFUSAL)
            page.focus(f"[name={place}]")
            keyboard.scan(scan, every_ms=every_ms)
            page.wait_for_function(HELD, arg=[*wanted, answer])
            assert boxes(page) == wanted


def test_f7_a_filled_box_is_said_to_be_filled(window: Window, sign_in: SignIn, naryn_lead: Staff) -> None:
    """It said that the page does not ask for a passport."""
    with window.answered_by(sign_in(naryn_lead)) as page:
        page.goto(f"{ORIGIN}/pilgrims/new")
        keyboard = Keyboard(page)
        page.fill("[name=passport_number]", "PE6000100")
        page.fill("[name=pin]", OLD_PIN)
        for place, scan in (("surname", NEW), ("surname", PIN), ("pin", NEW), ("passport_number", PIN)):
            page.focus(f"[name={place}]")
            keyboard.scan(f"{scan}\n")
            said(page, FILLED)
            assert boxes(page) == ("PE6000100", OLD_PIN)
            page.keyboard.press("Escape")
        page.focus("[name=surname]")
        keyboard.scan("PE6000100\n")
        page.wait_for_function("() => document.activeElement.name === 'passport_number'")
        assert said(page) == "", "it is there already"


def test_f7_a_correction_and_a_lot_take_nothing_that_they_cannot_read(
    session: Session, window: Window, sign_in: SignIn, pilgrim: Pilgrim, naryn_lead: Staff
) -> None:
    lot = session.exec(select(Lot).where(Lot.number == LOT)).one()
    with window.answered_by(sign_in(naryn_lead)) as page:
        keyboard = Keyboard(page)
        page.goto(f"{ORIGIN}/pilgrims/{pilgrim.id}/correct")
        before = boxes(page)
        for scan, answer in ((f"{GS1}\n", UNREAD), (f"{CODE}\n", "the code of a certificate")):
            page.focus("[name=passport_number]")
            keyboard.scan(scan)
            said(page, answer)
            assert boxes(page) == before
            page.keyboard.press("Escape")
        page.goto(f"{ORIGIN}/stock/lots/{lot.id}/correct")
        for scan, answer in ((f"{PIN}\n", "A PIN was scanned"), (MRZ, "A passport was scanned")):
            page.focus("[name=number]")
            keyboard.scan(scan)
            said(page, answer)
            assert page.input_value("[name=number]") == LOT
            page.keyboard.press("Escape")


def test_f7_a_quick_hand_keeps_what_it_types(window: Window, sign_in: SignIn, naryn_lead: Staff) -> None:
    with window.answered_by(sign_in(naryn_lead)) as page:
        page.goto(f"{ORIGIN}/pilgrims/new")
        keyboard = Keyboard(page)
        for name, typed in (("pin", "2010119"), ("passport_number", "PE77")):
            page.focus(f"[name={name}]")
            keyboard.scan(typed, every_ms=70)
            page.wait_for_timeout(300)  # the page has looked at it
            assert page.input_value(f"[name={name}]") == typed
            assert said(page) == ""
