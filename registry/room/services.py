"""One visit of one pilgrim: every dose given or not given, and the certificate that follows from them."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.campaigns.models import Campaign
from registry.certificates import queries as certificate_queries
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.models import Certificate
from registry.certificates.withheld import waits_for_key
from registry.db.order import in_order
from registry.errors import Refusal, refuse
from registry.examinations import queries as examinations
from registry.examinations.services import keep_in_sight
from registry.model import new_id
from registry.pilgrims import histories
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Pilgrim
from registry.room import rules
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.models import Dose, DoseDetails, DoseNotGiven, NotGivenReason
from registry.vaccinations.rows import Occasion
from registry.vaccines import queries as vaccines


@dataclass(frozen=True)
class Given:
    details: DoseDetails
    override_reason: str = ""


@dataclass(frozen=True)
class NotGiven:
    antigen_code: str
    reason: NotGivenReason
    note: str = ""


@dataclass(frozen=True)
class Visit:
    """What the vaccinator decided. `given_by` is a staff id; an antigen stands in one of the two lists."""

    given_by: uuid.UUID
    identity_checked: bool
    doses: Sequence[Given] = ()
    not_given: Sequence[NotGiven] = ()


@dataclass(frozen=True)
class VisitResult:
    doses: Sequence[Dose]
    not_given: Sequence[DoseNotGiven]
    certificate: Certificate | None
    waits_for_key: bool = False


@in_order
def record_visit(
    session: Session,
    pilgrim: Pilgrim,
    visit: Visit,
    *,
    id: uuid.UUID,  # noqa: A002 - the visit's own
    campaign: Campaign,
    point_code: str,
    issuer: Issuer | Keyless,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> VisitResult:
    """Record all of a visit or nothing of it. The same `id` again gives the same result and changes nothing.

    Raises:
        Refusals: the faults of every dose at once, on fields named like `menacwy-lot`.
    """
    # Two visits of one pilgrim wait for each other: neither alone would see that both vaccines are given.
    pilgrims.hold_registration(session, pilgrim.id, campaign.code)
    recorded = _result(session, pilgrim, id=id, campaign=campaign)
    if recorded.doses or recorded.not_given:
        return recorded
    histories.refuse_opened_for_another(session, pilgrim, id)
    occasion = Occasion(visit_id=id, campaign=campaign, point_code=point_code, by=by, at=at)
    vaccines.lock_stock(session, point_code, {dose.details.lot_id for dose in visit.doses})
    with session.begin_nested():
        refusals = list(_record_all(session, pilgrim, visit, occasion, confirmed))
        # Both vaccines may refuse the same day or vaccinator: one sentence is enough.
        refuse({refusal.code: refusal for refusal in refusals}.values(), confirmed=confirmed)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    keep_in_sight(session, pilgrim, campaign=campaign, by=by, at=at)
    return _result(session, pilgrim, id=id, campaign=campaign)


def _record_all(
    session: Session, pilgrim: Pilgrim, visit: Visit, occasion: Occasion, confirmed: Collection[str]
) -> Iterator[Refusal]:
    """Record every part of the visit; what refuses is passed on, so that all faults are seen at once."""
    decisions = len(visit.doses) + len(visit.not_given)
    given = [dose.details for dose in visit.doses]
    yield from rules.visit_faults(given, identity_checked=visit.identity_checked, decisions=decisions)
    for dose in visit.doses:
        try:
            _give(session, pilgrim, dose, occasion, given_by=visit.given_by, confirmed=confirmed)
        except Refusal as refusal:
            yield from rules.beside(refusal.all, dose.details.antigen_code)
    for decision in visit.not_given:
        try:
            _leave_out(session, pilgrim, decision, occasion)
        except Refusal as refusal:
            yield from rules.beside(refusal.all, decision.antigen_code)


def _give(
    session: Session,
    pilgrim: Pilgrim,
    dose: Given,
    occasion: Occasion,
    *,
    given_by: uuid.UUID,
    confirmed: Collection[str],
) -> None:
    code, given_on = occasion.campaign.code, dose.details.given_on
    vaccinations.give_dose(
        session,
        pilgrim,
        dose.details,
        occasion,
        id=new_id(),
        examination=examinations.find_latest_examination(session, pilgrim.id, code, on=given_on),
        given_by=given_by,
        confirmed=rules.confirmed_for(dose.details.antigen_code, confirmed),
        override_reason=dose.override_reason,
    )


def _leave_out(session: Session, pilgrim: Pilgrim, decision: NotGiven, occasion: Occasion) -> None:
    vaccinations.record_not_given(
        session,
        pilgrim,
        occasion,
        antigen_code=decision.antigen_code,
        reason=decision.reason,
        note=decision.note,
        id=new_id(),
    )


def _result(session: Session, pilgrim: Pilgrim, *, id: uuid.UUID, campaign: Campaign) -> VisitResult:  # noqa: A002
    certificate = certificate_queries.live_certificate(session, pilgrim.id, campaign.code)
    return VisitResult(
        doses=vaccination_queries.list_doses_of_visit(session, pilgrim.id, id),
        not_given=[row for row in vaccination_queries.list_not_given(session, pilgrim.id) if row.visit_id == id],
        certificate=certificate,
        waits_for_key=certificate is None and waits_for_key(session, pilgrim.id, campaign.code),
    )
