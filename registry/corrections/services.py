"""Change what was recorded. The reason, the old and the new value stay; counters and certificate follow."""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries as certificate_queries
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.rules import newest_point
from registry.corrections import queries, rules
from registry.db.order import in_order
from registry.errors import refuse
from registry.examinations import queries as examinations
from registry.immunization_log import services as immunization_log
from registry.immunization_log.models import Kind
from registry.jobs import services as jobs
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.models import Correction, Pilgrim, PilgrimDetails, Subject
from registry.pilgrims.rows import RegistrationDetails
from registry.pilgrims.rules import normalise
from registry.tallies.models import Measure
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.models import Dose, DoseDetails, DoseStatus
from registry.vaccinations.rules import Count, contribution
from registry.vaccines import queries as vaccines
from registry.vaccines import services as stock
from registry.vaccines.models import Lot
from registry.vaccines.services import LotDetails

# What a certificate prints of a lot, as a dose calls it.
PRINTED = {"number": "lot", "product_code": "product_code"}


@in_order
def correct_pilgrim(
    session: Session,
    pilgrim: Pilgrim,
    details: PilgrimDetails,
    place: RegistrationDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Correction:
    """Set a person's details or place in the campaign right. The same `id` again is the same correction."""
    registration = pilgrims.get_registration(session, pilgrim.id, campaign.code)
    session.refresh(registration, with_for_update=True)
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    refuse(rules.reason_faults(reason))
    _refuse_another_person(session, pilgrim, details, confirmed=confirmed)
    before = _counts(session, pilgrim, campaign, region=registration.region_code)
    with session.begin_nested():
        changes = [
            *pilgrim_services.change_details(session, pilgrim, details, campaign=campaign, at=at, confirmed=confirmed),
            *pilgrim_services.change_registration(session, registration, place, campaign=campaign),
        ]
        refuse(rules.change_faults(changes))
    after = _counts(session, pilgrim, campaign, region=registration.region_code)
    vaccinations.move_counts(session, campaign.code, before=before, after=after)
    correction = _correction(pilgrim.id, Subject.PILGRIM, pilgrim.id, changes, id=id, reason=reason, by=by, at=at)
    _record(session, correction, stream="")
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return correction


def _refuse_another_person(
    session: Session, pilgrim: Pilgrim, details: PilgrimDetails, *, confirmed: Collection[str]
) -> None:
    """The doses stay with the person who had them. Details that are no details are refused elsewhere."""
    wanted = normalise(details)
    if wanted.birth_on and wanted.sex:
        refuse(queries.list_identity_faults(session, pilgrim, wanted), confirmed=confirmed)


def _counts(session: Session, pilgrim: Pilgrim, campaign: Campaign, *, region: str) -> Counter[Count]:
    """What the pilgrim's examination, doses and certificate add to the counters of a region."""
    doses = vaccination_queries.list_live_doses(session, pilgrim.id, campaign_code=campaign.code)
    mandatory = [antigen.code for antigen in campaigns.list_antigens(session, campaign.code)]
    counts = contribution(doses, region_code=region, mandatory=mandatory)
    examined = examinations.list_examinations(session, pilgrim.id, campaign.code)
    if examined:
        first = min(examined, key=lambda examination: examination.recorded_at)
        counts[Count(Measure.EXAMINED, "", region, first.point_code, first.examined_on)] += 1
    live = certificate_queries.live_certificate(session, pilgrim.id, campaign.code)
    if live is not None:
        issued = certificate_queries.first_of_line(session, live)
        day = clock.local_date(issued.issued_at, campaign.timezone)
        counts[Count(Measure.CERTIFIED, "", region, newest_point(issued.facts), day)] += 1
    return counts


@in_order
def correct_dose(
    session: Session,
    dose: Dose,
    details: DoseDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Correction:
    """Supersede a dose by a version that says what was really given; the same rules hold as for a new dose."""
    pilgrim = _locked(session, dose)
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    changes = _dose_changes(session, dose, details)
    refuse([*rules.reason_faults(reason), *rules.change_faults(changes)])
    given_in = campaigns.get_campaign(session, dose.campaign_code)
    others = [d for d in vaccination_queries.list_live_doses(session, pilgrim.id) if d.id != dose.id]
    vaccinations.refuse_second(session, others, details)
    examination = examinations.find_latest_examination(session, pilgrim.id, given_in.code, on=details.given_on)
    faults = vaccination_queries.list_dose_faults(
        session, pilgrim, details, campaign=given_in, examination=examination, at=at
    )
    refuse(faults, confirmed=confirmed)
    with session.begin_nested():
        vaccinations.supersede_dose(session, dose, details, examination=examination, by=by, at=at)
    correction = _correction(pilgrim.id, Subject.DOSE, dose.id, changes, id=id, reason=reason, by=by, at=at)
    _record(session, correction, stream=dose.point_code)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return correction


@in_order
def withdraw_dose(
    session: Session,
    dose: Dose,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Correction:
    """Say that a dose was entered in error: it no longer counts, and goes back to the stock."""
    pilgrim = _locked(session, dose)
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    refuse(rules.reason_faults(reason))
    vaccinations.supersede_dose(session, dose, None, by=by, at=at)
    changes = [{"field": "status", "old": DoseStatus.COMPLETED.value, "new": DoseStatus.ENTERED_IN_ERROR.value}]
    correction = _correction(pilgrim.id, Subject.DOSE, dose.id, changes, id=id, reason=reason, by=by, at=at)
    _record(session, correction, stream=dose.point_code)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return correction


@in_order
def correct_lot(
    session: Session,
    lot: Lot,
    details: LotDetails,
    *,
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
    only_at: Collection[str] | None = None,
    count: Callable[[], int] | None = None,
) -> Sequence[dict[str, Any]]:
    """Describe a lot as its box does, everywhere, and replace every certificate that names it; what was changed.

    Each dose of the lot gets a correction of its own: its pilgrim's record then tells what was printed before.
    `only_at`: the points for which one may decide, None for all. A lot has one number in the whole country, so it is
    refused (LotBeyondYourPoints) where the lot is elsewhere too. `count` tells how many certificates name the lot;
    where it is left out they are counted here, which takes seconds in a large register, while others wait.
    """
    vaccination_queries.lock_recipients(session, lot.id)
    lot = vaccines.lock_lot(session, lot.id)
    vaccination_queries.lock_recipients(session, lot.id, wait=False)
    refuse(rules.reason_faults(reason))
    if only_at is not None and not set(vaccines.list_points_with_lot(session, lot.id)) <= set(only_at):
        raise rules.LotBeyondYourPoints
    with session.begin_nested():
        changes = stock.change_lot(session, lot, details, by=by, at=at, confirmed=confirmed)
        refuse(rules.change_faults(changes))
        printed = [{**change, "field": PRINTED[change["field"]]} for change in changes if change["field"] in PRINTED]
        if printed and isinstance(issuer, Keyless):
            # Hundreds of papers could lose their force until the key is back: a lot can wait.
            raise issuer.fault
        known = rules.CertificatesWillBeReplaced(0).code in confirmed
        count = count or partial(certificate_queries.count_showing_lot, session, lot.id)
        standing = count() if printed and not known else 0
        refuse([rules.CertificatesWillBeReplaced(standing)] if standing else [], confirmed=confirmed)
    _held = certificate_queries.read_shared(session)
    for dose in vaccination_queries.list_live_doses_of_lot(session, lot.id) if printed else ():
        pilgrim = _locked(session, dose)
        if dose.product_code != lot.product_code:
            other = DoseDetails.model_validate({**dose.model_dump(), "product_code": lot.product_code})
            vaccinations.supersede_dose(session, dose, other, by=by, at=at)
        correction = _correction(pilgrim.id, Subject.DOSE, dose.id, printed, id=new_id(), reason=reason, by=by, at=at)
        _record(session, correction, stream=dose.point_code)
        certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return changes


def request_count(session: Session, lot: Lot, *, by: uuid.UUID, at: datetime) -> None:
    """Have a worker count the certificates that name a lot, once in ten minutes."""
    jobs.enqueue(session, queries.COUNT, {"lot": str(lot.id)}, id=queries.count_id(lot.id, at=at), by=by, at=at)


def _locked(session: Session, dose: Dose) -> Pilgrim:
    """The dose's pilgrim, whose other acts wait until this one is done."""
    registration = pilgrims.get_registration(session, dose.pilgrim_id, dose.campaign_code)
    session.refresh(registration, with_for_update=True)
    return session.get_one(Pilgrim, dose.pilgrim_id)


def _dose_changes(session: Session, dose: Dose, details: DoseDetails) -> list[dict[str, Any]]:
    """Old and new as staff read them: a lot by its number."""
    before = DoseDetails.model_validate(dose.model_dump()).model_dump(mode="json")
    after = details.model_dump(mode="json")
    changes = [{"field": f, "old": before[f], "new": after[f]} for f in before if before[f] != after[f]]
    for change in changes:
        if change["field"] == "lot_id":
            old, new = (vaccines.get_lot(session, d.lot_id).number for d in (dose, details))
            change.update(field="lot", old=old, new=new)
    return changes


def _correction(
    pilgrim_id: uuid.UUID,
    subject: Subject,
    subject_id: uuid.UUID,
    changes: Sequence[dict[str, Any]],
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Correction:
    return Correction(
        pilgrim_id=pilgrim_id,
        id=id,
        subject=subject,
        subject_id=subject_id,
        changes=list(changes),
        reason=reason.strip(),
        corrected_at=at,
        corrected_by_id=by,
    )


def _record(session: Session, correction: Correction, *, stream: str) -> None:
    """Keep the correction, tell the audit which fields changed, and the log what they were."""
    session.add(correction)
    session.flush()
    audit.record(
        session,
        Action.CORRECTED,
        by=correction.corrected_by_id,
        at=correction.corrected_at,
        pilgrim=correction.pilgrim_id,
        subject=str(correction.subject_id),
        fields=[change["field"] for change in correction.changes],
    )
    immunization_log.append(
        session,
        Kind.CORRECTION,
        stream=stream,
        pilgrim=correction.pilgrim_id,
        record=correction.id,
        content=immunization_log.content_of(correction),
        at=correction.corrected_at,
    )
