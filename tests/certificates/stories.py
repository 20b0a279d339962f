"""A pilgrim with both vaccines and the certificate that follows: where most stories about certificates begin."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from registry.certificates import services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from tests.factories import NOW, TODAY, make_dose, make_flu_lot, make_lot, make_pilgrim, the_campaign


def vaccinate(session: Session, *, given_on: date = TODAY, **details: Any) -> Pilgrim:
    """A pilgrim with both doses and no paper yet."""
    pilgrim = make_pilgrim(session, **details)
    make_dose(session, pilgrim, lot=make_lot(session), given_on=given_on)
    make_dose(session, pilgrim, antigen="INFLUENZA", lot=make_flu_lot(session), given_on=given_on)
    return pilgrim


def refresh(session: Session, pilgrim: Pilgrim, issuer: Issuer, *, at: datetime = NOW) -> Certificate | None:
    return services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=at)


def certify(session: Session, issuer: Issuer, *, at: datetime = NOW, **details: Any) -> tuple[Pilgrim, Certificate]:
    """A pilgrim with both doses and the certificate."""
    pilgrim = vaccinate(session, **details)
    certificate = refresh(session, pilgrim, issuer, at=at)
    assert certificate is not None
    return pilgrim, certificate
