"""A nurse at the page of a pilgrim, with a keyboard of real key events in chromium."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlmodel import Session

from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from tests.factories import make_examination, make_flu_lot, make_lot, make_pilgrim
from tests.room.scans.steps import LOT, OTHER_LOT, SignIn
from tests.scanner import Keyboard, Window, answered_here


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


@pytest.fixture(scope="session")
def window(browser: Browser) -> Window:
    return Window(browser)


@pytest.fixture
def page(window: Window, client_of_nurse: FlaskClient) -> Iterator[Page]:
    with window.answered_by(client_of_nurse) as page:
        yield page


@pytest.fixture
def page_of_its_own(browser: Browser, client_of_nurse: FlaskClient) -> Iterator[Page]:
    with answered_here(browser, client_of_nurse) as page:
        yield page


@pytest.fixture
def keyboard(page: Page) -> Keyboard:
    return Keyboard(page)
