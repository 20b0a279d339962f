"""Where most stories of strangers begin."""

from datetime import date

import pytest
from sqlmodel import Session

from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from tests.certificates.stories import certify


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    """Of a pilgrim born on 12 March 1955, passport PE7654321."""
    _pilgrim, certificate = certify(session, issuer, birth_on=date(1955, 3, 12), passport_number="PE7654321")
    session.commit()
    return certificate
