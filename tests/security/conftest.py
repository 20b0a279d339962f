"""The world that is attacked."""

import pytest
from sqlmodel import Session

from registry.certificates.keys import Issuer
from tests.security.world import World, make_world


@pytest.fixture
def world(session: Session, issuer: Issuer) -> World:
    return make_world(session, issuer)
