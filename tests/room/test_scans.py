"""Room F7: a scanner types, but never acts. Real key events in chromium, on the pages as they are."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlmodel import Session, select

from registry.examinations.models import Examination
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccines.models import Lot
from tests.factories import make_dose, make_examination, make_flu_lot, make_lot, make_pilgrim
from tests.scanner import ORIGIN, SCAN_MS, SLOW_SCAN_MS, Keyboard, answered_here

pytestmark = pytest.mark.browser
SignIn = Callable[[Staff], FlaskClient]

LOT, OTHER_LOT = "UMN0003A", "UMN0004B"
GS1 = f"010366058203123417261231{10}{LOT}\x1d21SN0001234567"
MRZ = "P<KGZASANBEKOVA<<AIGUL<<<<<<<<<<<<<<<<<<<<<<\nPE60001019KGZ6001019F3001018<<<<<<<<<<<<<<04\n"
HELD_MS = 200  # the page has waited for the hand behind a press


@pytest.fixture
def pilgrim(session: Session) -> Pilgrim:
    pilgrim = make_pilgrim(session, passport_number="PE6000100")
    make_examination(session, pilgrim)
    make_lot(session, number=LOT)
    make_lot(session, number=OTHER_LOT)
    make_flu_lot(session, number="FLU0001")
    session.commit()
    return pilgrim


@pytest.fixture
def client_of_nurse(sign_in: SignIn, nurse: Staff) -> FlaskClient:
    return sign_in(nurse)


@pytest.fixture
def page(browser: Browser, client_of_nurse: FlaskClient) -> Iterator[Page]:
    with answered_here(browser, client_of_nurse) as page:
        yield page


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    return Keyboard(page)


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


def open_visit(page: Page, keyboard: Keyboard, pilgrim: Pilgrim) -> str:
    """The visit page with a lot of each vaccine chosen, and identity ticked with the space bar."""
    visit = f"{ORIGIN}/pilgrims/{pilgrim.id}/visit"
    page.goto(visit)
    for name in ("menacwy-lot", "influenza-lot"):
        page.select_option(f"[name={name}]", index=page.locator(f"[name={name}] option").count() - 1)
    page.focus("[name=identity_checked]")
    keyboard.type(" ")
    assert page.is_checked("[name=identity_checked]")
    return visit


CHOSEN, NO_LOT, OTHER = "This lot is chosen now", "No lot that can be used here", "another person's passport"
SCANS = [
    (f"{GS1}\n", CHOSEN),
    (f"{GS1}\t\n", CHOSEN),
    (f"{LOT}\n", CHOSEN),
    ("PE6000101\n", OTHER),
    (MRZ, OTHER),
    ("PE6000100\n", "the passport of the pilgrim on this page"),
    ("20101196000017\n", "A PIN was scanned"),
    ("7K3M-9QXD-2RTB\n", "the code of a certificate"),
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
        page.focus("[name=identity_checked]")
        keyboard.scan(scan, every_ms=every_ms)
        said(page, answer)
        assert (page.url, page.is_checked("[name=identity_checked]")) == (visit, True), scan
        lot = page.locator("[name=menacwy-lot] option:checked").inner_text()
        assert lot.startswith(LOT if answer == CHOSEN else OTHER_LOT), scan
        page.keyboard.press("Escape")
    assert nothing_was_recorded(session)


BUTTON = "main form button[type=submit]:not([tabindex])"
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
        for scan, answer in (("PE6000101\n", OTHER), (" L 24680 \n", NO_LOT), ("\nPE6000101\n", OTHER)):
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
    other = page.input_value("[name=menacwy-lot]")
    before = chosen(page)
    for place, scan, every_ms, answer in AT_TYPING_SPEED:
        page.locator(place).focus()
        keyboard.scan(scan, every_ms=every_ms)
        said(page, answer)
        page.select_option("[name=menacwy-lot]", other)
        assert (page.url, chosen(page)) == (visit, before), (place, scan)
        page.keyboard.press("Escape")
    page.wait_for_timeout(HELD_MS)
    assert (page.url, nothing_was_recorded(session)) == (visit, True)


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
    session: Session, browser: Browser, sign_in: SignIn, pilgrim: Pilgrim, naryn_lead: Staff
) -> None:
    """room F7: never glued to what stood there."""
    lot = session.exec(select(Lot).where(Lot.number == LOT)).one()
    with answered_here(browser, sign_in(naryn_lead)) as page:
        page.on("dialog", lambda dialog: dialog.accept())
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


def test_a_hand_that_goes_on_quickly_in_a_box_loses_nothing(
    browser: Browser, sign_in: SignIn, naryn_lead: Staff
) -> None:
    with answered_here(browser, sign_in(naryn_lead)) as page:
        page.goto(f"{ORIGIN}/pilgrims/new")
        keyboard = Keyboard(page)
        page.focus("[name=pin]")
        keyboard.type("2010")
        keyboard.at_ms += 1000
        keyboard.scan("1196000017", every_ms=70)
        assert page.input_value("[name=pin]") == "20101196000017"


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


def test_the_next_passport_is_looked_for_by_its_own_button(
    page: Page, keyboard: Keyboard, pilgrim: Pilgrim, session: Session
) -> None:
    other = make_pilgrim(session, passport_number="PE6000101")
    session.commit()
    open_visit(page, keyboard, pilgrim)
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks too: the visit was begun
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


# Page, where the focus is, and what stands in that box.
FORMS = {
    "doctor": [
        ("/pilgrims/{pilgrim}/examine", "[name=temperature_c]", "36.6"),
        ("/pilgrims/{pilgrim}/examine", "[name=consent]", None),
        ("/pilgrims/{pilgrim}/examine", "[name=outcome] >> nth=0", None),
    ],
    "lead": [
        ("/pilgrims/{pilgrim}/correct", "[name=phone]", "+996700123456"),
        ("/pilgrims/{pilgrim}/correct", "[name=reason]", "As in the passport."),
        ("/pilgrims/{pilgrim}/doses/{dose}/withdraw", "[name=reason]", "Another person."),
        ("/pilgrims/{pilgrim}/doses/{dose}/correct", "[name=site]", None),
        ("/stock/receive", "[name=document]", "A-17"),
        ("/stock/lots/{lot}/correct", BUTTON, None),
        ("/stock/lots/{lot}/hold", "[name=kind] >> nth=0", None),
    ],
}


@pytest.mark.parametrize("who", FORMS)
def test_no_other_form_of_the_staff_is_sent_or_filled_by_a_scan(
    session: Session, browser: Browser, sign_in: SignIn, pilgrim: Pilgrim, request: pytest.FixtureRequest, *, who: str
) -> None:
    lot = session.exec(select(Lot).where(Lot.number == LOT)).one()
    dose = make_dose(session, pilgrim, lot=lot, examination=session.exec(select(Examination)).one())
    client = sign_in(request.getfixturevalue({"doctor": "doctor", "lead": "naryn_lead"}[who]))
    with answered_here(browser, client) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        keyboard = Keyboard(page)
        for path, place, kept in FORMS[who]:
            address = f"{ORIGIN}{path.format(pilgrim=pilgrim.id, dose=dose.id, lot=lot.id)}"
            page.goto(address)
            if kept is not None:
                page.fill(place, kept)
            before = chosen(page)
            for scan, answer in (("PE6000101\n", "look for its holder"), (f"99{GS1}\n", "othing")):
                page.locator(place).focus()
                keyboard.scan(scan)
                said(page, answer)
                assert (page.url, page.locator(".govuk-error-summary").count()) == (address, 0), (path, scan)
                assert chosen(page) == before, (path, scan)
                page.keyboard.press("Escape")
    session.rollback()
    assert len(session.exec(select(Examination)).all()) == 1
    assert [one.id for one in session.exec(select(Dose)).all()] == [dose.id]


def test_a_passport_scanned_beside_its_box_goes_into_it(browser: Browser, sign_in: SignIn, naryn_lead: Staff) -> None:
    with answered_here(browser, sign_in(naryn_lead)) as page:
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


def test_a_person_types_numbers_and_letters_into_a_form_as_before(
    page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    page.goto(f"{ORIGIN}/pilgrims/{pilgrim.id}/visit")
    page.fill("[name=given_on] >> nth=2", "")
    page.locator("[name=given_on] >> nth=2").focus()
    keyboard.type("2025")
    assert page.input_value("[name=given_on] >> nth=2") == "2025"
