"""A pilgrim with both vaccines and the certificate that follows: where most stories about certificates begin."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign, CampaignPoint, Requirement
from registry.certificates import queries, roll, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.immunization_log.models import Kind, LogEntry
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Correction, Pilgrim, PilgrimDetails, Registration, Subject
from registry.tallies.models import Measure, Tally
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccinations.services import give_dose, supersede_dose
from registry.vaccines.models import Lot, Product, Route, Site
from tests.factories import (
    CAMPAIGN,
    NARYN,
    NOW,
    TODAY,
    make_examination,
    make_flu_lot,
    make_lot,
    make_occasion,
    make_pilgrim,
    make_staff,
    the_campaign,
)

LATER = NOW + timedelta(days=3)


def give(
    session: Session, pilgrim: Pilgrim, lot: Lot, *, given_on: date = TODAY, at: datetime = NOW, **stated: Any
) -> Dose:
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
        make_occasion(session, by=nurse.id, at=at),
        id=new_id(),
        examination=make_examination(session, pilgrim, on=given_on),
        given_by=nurse.id,
        **stated,
    )


def vaccinate(session: Session, **details: Any) -> Pilgrim:
    """A pilgrim with both doses and no paper yet."""
    pilgrim = make_pilgrim(session, **details)
    give(session, pilgrim, make_lot(session))
    give(session, pilgrim, make_flu_lot(session))
    return pilgrim


def open_second_campaign(session: Session, code: str = "UMRAH-2026", *, starts_on: date = TODAY) -> Campaign:
    """A journey of the same winter, with the same rules: what a pilgrim holds of it may show the same doses."""
    first = the_campaign(session)
    second = Campaign.model_validate(first.model_dump(), update={"code": code, "starts_on": starts_on})
    session.add(second)
    session.flush()
    for requirement in campaigns.list_requirements(session, first.code):
        session.add(Requirement.model_validate(requirement.model_dump(), update={"campaign_code": code}))
    for point in campaigns.list_campaign_points(session, first.code):
        session.add(CampaignPoint.model_validate(point.model_dump(), update={"campaign_code": code}))
    session.flush()
    return second


def register_in(session: Session, pilgrim: Pilgrim, campaign: Campaign) -> None:
    """A place in a campaign for somebody whom the registry knows already."""
    registration = pilgrims.get_registration(session, pilgrim.id, CAMPAIGN)
    copy = Registration.model_validate(
        registration.model_dump(), update={"campaign_code": campaign.code, "id": new_id()}
    )
    session.add(copy)
    session.flush()


def refresh(
    session: Session, pilgrim: Pilgrim, issuer: Issuer, *, campaign: Campaign | None = None, at: datetime = NOW
) -> Certificate | None:
    campaign = campaign or the_campaign(session)
    return services.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=new_id(), at=at)


def certify(session: Session, issuer: Issuer, *, at: datetime = NOW, **details: Any) -> tuple[Pilgrim, Certificate]:
    """A pilgrim with both doses and the certificate."""
    pilgrim = vaccinate(session, **details)
    certificate = refresh(session, pilgrim, issuer, at=at)
    assert certificate is not None
    return pilgrim, certificate


def certified(session: Session) -> int:
    tallies = session.exec(select(Tally).where(Tally.measure == Measure.CERTIFIED)).all()
    return sum(tally.count for tally in tallies)


def entries(session: Session) -> list[Kind]:
    found = session.exec(select(LogEntry).where(LogEntry.stream == NARYN).order_by(col(LogEntry.sequence))).all()
    return [entry.kind for entry in found if entry.kind is not Kind.DOSE]


def set_right(session: Session, pilgrim: Pilgrim, **changes: Any) -> None:
    """Change details as a correction does, and keep what they were: nothing is signed that no correction explains."""
    before = PilgrimDetails.model_validate(pilgrim.model_dump()).model_dump(mode="json")
    for field, value in changes.items():
        setattr(pilgrim, field, value)
    after = PilgrimDetails.model_validate(pilgrim.model_dump()).model_dump(mode="json")
    session.add(
        Correction(
            pilgrim_id=pilgrim.id,
            subject=Subject.PILGRIM,
            subject_id=pilgrim.id,
            changes=[{"field": field, "old": before[field], "new": after[field]} for field in changes],
            reason="As in the passport",
            corrected_at=LATER,
            corrected_by_id=new_id(),
        )
    )
    session.flush()


def worth(session: Session, certificate: Certificate, *, on: date) -> State:
    return queries.standing(session, certificate, on=on).state


def details_of(dose: Dose, **changes: Any) -> DoseDetails:
    return DoseDetails.model_validate({**dose.model_dump(), **changes})


def change_lot(session: Session, pilgrim: Pilgrim, lot: Lot) -> None:
    """The meningococcal dose came from another lot than was recorded."""
    dose = vaccinations.list_live_doses(session, pilgrim.id)[-1]
    details = details_of(dose, lot_id=lot.id, product_code=lot.product_code)
    supersede_dose(session, dose, details, by=new_id(), at=LATER)


def read_papers(session: Session, campaign_code: str, *, on: date) -> list[tuple[Certificate, State]]:
    """Every certificate of a campaign, each of which can be read."""
    rows = list(roll.read_all(session, campaign_code, on=on))
    papers = [row for row in rows if not isinstance(row, roll.Unreadable)]
    assert len(papers) == len(rows)
    return papers
