"""A lot that was described wrongly."""

import pytest
from sqlmodel import Session

from registry.certificates import services as certificate_services
from registry.certificates.keys import Issuer
from registry.model import new_id
from registry.vaccines.models import Lot
from tests.certificates.stories import certify, give
from tests.factories import NOW, make_flu_lot, make_lot, make_pilgrim, the_campaign


@pytest.fixture
def lot(session: Session, issuer: Issuer) -> Lot:
    """A lot with a misread number, on the papers of two pilgrims."""
    lot = make_lot(session, number="AB12345")
    for _ in range(2):
        pilgrim = make_pilgrim(session)
        give(session, pilgrim, lot)
        give(session, pilgrim, make_flu_lot(session))
        certificate_services.refresh(
            session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=NOW
        )
    certify(session, issuer)  # and somebody whom it does not concern
    return lot
