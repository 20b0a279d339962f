"""What is scanned, where the focus is, and what is looked at afterwards."""

from collections.abc import Callable

from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlmodel import Session, select

from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from tests.scanner import ORIGIN, Keyboard

SignIn = Callable[[Staff], FlaskClient]

LOT, OTHER_LOT = "UMN0003A", "UMN0004B"
GS1 = f"010366058203123417261231{10}{LOT}\x1d21SN0001234567"
MRZ = "P<KGZASANBEKOVA<<AIGUL<<<<<<<<<<<<<<<<<<<<<<\nPE60001019KGZ6001019F3001018<<<<<<<<<<<<<<04\n"
HELD_MS = 300  # the page has waited for the hand behind a press
BUTTON = "main form button[type=submit]:not([tabindex])"
CHOSEN, NO_LOT, OTHER = "This lot is chosen now", "No lot that can be used here", "another person's passport"


def said(page: Page, words: str = "") -> str:
    """What is said aloud of a scan, as soon as it holds these words."""
    page.wait_for_function("words => document.getElementById('scanned').innerText.includes(words)", arg=words)
    return page.inner_text("#scanned")


def chosen(page: Page) -> str:
    """All that the form holds now."""
    return str(page.evaluate("JSON.stringify([...new FormData(document.querySelector('main form'))])"))


def nothing_was_recorded(session: Session) -> bool:
    session.rollback()
    return not session.exec(select(Dose)).all()


def choose_lots(page: Page) -> None:
    for name in ("menacwy-lot", "influenza-lot"):
        page.select_option(f"[name={name}]", index=page.locator(f"[name={name}] option").count() - 1)


def open_visit(page: Page, keyboard: Keyboard, pilgrim: Pilgrim) -> str:
    """The visit page with a lot of each vaccine chosen, and identity ticked with the space bar."""
    visit = f"{ORIGIN}/pilgrims/{pilgrim.id}/visit"
    page.goto(visit)
    choose_lots(page)
    page.focus("[name=identity_checked]")
    keyboard.type(" ")
    assert page.is_checked("[name=identity_checked]")
    return visit
