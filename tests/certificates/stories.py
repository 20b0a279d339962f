"""A pilgrim with both vaccines and the certificate that follows: where most stories about certificates begin."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from registry.certificates import services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccinations.services import give_dose
from registry.vaccines.models import Lot, Product, Route, Site
from tests.factories import (
    NARYN,
    NOW,
    TODAY,
    make_examination,
    make_flu_lot,
    make_lot,
    make_pilgrim,
    make_staff,
    the_campaign,
)


def give(session: Session, pilgrim: Pilgrim, lot: Lot, *, given_on: date = TODAY, at: datetime = NOW) -> Dose:
    """One dose as the room records it: with its stock, its counters and its entry in the log."""
    product = session.get_one(Product, lot.product_code)
    nurse = make_staff(session, point=NARYN)
    details = DoseDetails(
        antigen_code=product.antigen_code,
        product_code=product.code,
        lot_id=lot.id,
        given_on=given_on,
        route=Route.INTRAMUSCULAR,
        site=Site.LEFT_UPPER_ARM,
        volume_ml=Decimal("0.5"),
    )
    return give_dose(
        session,
        pilgrim,
        details,
        id=new_id(),
        visit_id=new_id(),
        campaign=the_campaign(session),
        point_code=NARYN,
        examination=make_examination(session, pilgrim, on=given_on),
        given_by=nurse.id,
        by=nurse.id,
        at=at,
    )


def vaccinate(session: Session, **details: Any) -> Pilgrim:
    """A pilgrim with both doses and no paper yet."""
    pilgrim = make_pilgrim(session, **details)
    give(session, pilgrim, make_lot(session))
    give(session, pilgrim, make_flu_lot(session))
    return pilgrim


def refresh(session: Session, pilgrim: Pilgrim, issuer: Issuer, *, at: datetime = NOW) -> Certificate | None:
    return services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=at)


def certify(session: Session, issuer: Issuer, *, at: datetime = NOW, **details: Any) -> tuple[Pilgrim, Certificate]:
    """A pilgrim with both doses and the certificate."""
    pilgrim = vaccinate(session, **details)
    certificate = refresh(session, pilgrim, issuer, at=at)
    assert certificate is not None
    return pilgrim, certificate
