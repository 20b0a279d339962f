"""Aigerim and her second factor."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from registry import clock
from registry.settings import Settings
from registry.staff.models import Staff
from tests.staff.accounts import LATER, Protection, make_account, protect


@pytest.fixture
def aigerim(session: Session) -> Staff:
    return make_account(session, "aigerim")


@pytest.fixture
def protected(session: Session, settings: Settings, aigerim: Staff) -> Protection:
    """Aigerim has a second factor: its secret and her recovery codes."""
    return protect(session, settings, aigerim)


@pytest.fixture
def later(protected: Protection) -> Iterator[None]:
    with clock.set_to(LATER):
        yield
