"""Room F7: who works with the keyboard alone goes on as before."""

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlmodel import Session, select

from registry.pilgrims.models import Pilgrim
from registry.vaccinations.models import Dose
from tests.room.scans.steps import BUTTON, HELD_MS, nothing_was_recorded, open_visit, said
from tests.scanner import ORIGIN, Keyboard, answered_here

pytestmark = pytest.mark.browser


def test_letters_typed_ahead_in_a_list_and_a_space_twice_stay_a_hands(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    open_visit(page, keyboard, pilgrim)
    page.focus("[name=menacwy-lot]")
    keyboard.type("UMN\t")
    assert page.inner_text("#scanned") == ""
    assert page.evaluate("document.activeElement.name") != "menacwy-lot"
    page.focus("[name=identity_checked]")
    keyboard.type("  ")
    assert page.is_checked("[name=identity_checked]")
    page.focus("[name=menacwy-lot]")
    keyboard.type("UMN")
    page.locator(BUTTON).focus()
    with page.expect_navigation():
        keyboard.press("\n")
    assert "is issued" in page.inner_text("main")
    session.rollback()
    assert len(session.exec(select(Dose)).all()) == 2


def test_a_hand_records_the_visit_with_space_tab_and_enter(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    open_visit(page, keyboard, pilgrim)
    for _ in range(30):
        if page.evaluate("document.activeElement.matches('main form button[type=submit]')"):
            break
        keyboard.press("\t")
    with page.expect_navigation():
        keyboard.press("\n")
    assert "is issued" in page.inner_text("main")
    session.rollback()
    assert len(session.exec(select(Dose)).all()) == 2


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_in_a_box_of_the_visit_records_nothing_with_or_without_scripts(
    session: Session, browser: Browser, pilgrim: Pilgrim, client_of_nurse: FlaskClient, *, scripts: bool
) -> None:
    with answered_here(browser, client_of_nurse, java_script_enabled=scripts) as page:
        visit = f"{ORIGIN}/pilgrims/{pilgrim.id}/visit"
        page.goto(visit)
        for place in ("[name=identity_checked]", "[name=given_on] >> nth=0"):
            page.locator(place).press("Enter")
        if scripts:
            said(page, "Enter records nothing here")
        page.wait_for_timeout(HELD_MS)
        assert (page.url, page.locator(".govuk-error-summary").count()) == (visit, 0)
        assert nothing_was_recorded(session)


def test_a_person_types_numbers_and_letters_into_a_form_as_before(
    page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    page.goto(f"{ORIGIN}/pilgrims/{pilgrim.id}/visit")
    page.fill("[name=given_on] >> nth=2", "")
    page.locator("[name=given_on] >> nth=2").focus()
    keyboard.type("2025")
    assert page.input_value("[name=given_on] >> nth=2") == "2025"
