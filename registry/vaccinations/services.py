"""Record doses given and not given; supersede a dose that was recorded wrongly."""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.db.order import in_order
from registry.errors import Refusal, refuse
from registry.examinations.models import Examination
from registry.immunization_log import services as immunization_log
from registry.immunization_log.models import Kind
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim
from registry.staff import queries as staff
from registry.tallies import services as tallies
from registry.vaccinations import queries, rows, rules
from registry.vaccinations.models import Dose, DoseDetails, DoseNotGiven, DoseStatus, NotGivenReason
from registry.vaccinations.rows import Occasion
from registry.vaccines import queries as vaccines
from registry.vaccines import services as stock


@in_order
def give_dose(
    session: Session,
    pilgrim: Pilgrim,
    details: DoseDetails,
    occasion: Occasion,
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    examination: Examination | None,
    given_by: uuid.UUID,
    confirmed: Collection[str] = (),
    override_reason: str = "",
) -> Dose:
    """Record one dose and take it from the stock. The same `id` again is the same dose.

    Raises:
        Refusal: whatever speaks against it, all at once; `DoseAlreadyRecorded` when somebody else was first.
    """
    recorded = session.get(Dose, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    live = queries.list_live_doses(session, pilgrim.id)
    refuse_second(session, live, details)
    campaign, point, at = occasion.campaign, occasion.point_code, occasion.at
    faults = [
        *queries.list_dose_faults(session, pilgrim, details, campaign=campaign, examination=examination, at=at),
        *queries.list_place_faults(session, details, campaign=campaign, point_code=point, given_by=given_by),
        *queries.list_repeat_faults(session, pilgrim, details, live, campaign=campaign, reason=override_reason),
    ]
    refuse(faults, confirmed=confirmed)
    assert examination is not None  # noqa: S101 - a missing one is among the faults
    row = rows.dose_row(
        details,
        examination,
        id=id,
        number=queries.next_number(session, pilgrim.id, campaign.code, details.antigen_code),
        given_by=given_by,
        override_reason=override_reason,
        **vars(occasion),
    )
    return _give(session, Dose.model_validate(row), live, doubts=faults)


def _give(session: Session, dose: Dose, live: Sequence[Dose], *, doubts: Sequence[Refusal]) -> Dose:
    """Write a dose that nothing speaks against. `live`: the pilgrim's doses until now; `doubts`: a person confirmed."""
    by, at = dose.recorded_by_id, dose.recorded_at
    # The stock first: a row that names the lot holds the lot, and whoever corrects it has the stock and waits for that.
    stock.take_dose(session, point_code=dose.point_code, lot_id=dose.lot_id, by=by, at=at)
    _insert(session, dose)
    _recount(session, dose, before=[one for one in live if one.campaign_code == dose.campaign_code])
    given: dict[str, Any] = {"antigen": dose.antigen_code, "point": dose.point_code}
    if doubts:
        given["confirmed"] = [type(doubt).__name__ for doubt in doubts]
    audit.record(session, Action.VACCINATED, by=by, at=at, pilgrim=dose.pilgrim_id, **given)
    immunization_log.append_row(session, Kind.DOSE, dose, stream=dose.point_code, at=at)
    return dose


def refuse_second(session: Session, live: Sequence[Dose], details: DoseDetails) -> None:
    """One sentence for a dose of the same day: nothing else about the form matters then."""
    for dose in live:
        if dose.antigen_code == details.antigen_code and dose.given_on == details.given_on:
            raise _already_recorded(session, dose)


def _already_recorded(session: Session, dose: Dose) -> Refusal:
    return rules.DoseAlreadyRecorded(at=dose.recorded_at, by=staff.get_staff(session, dose.recorded_by_id).name)


def _insert(session: Session, dose: Dose) -> None:
    """The unique constraint decides between two nurses; the second learns who was first."""
    try:
        with session.begin_nested():
            session.add(dose)
            session.flush()
    except IntegrityError:
        for winner in queries.list_live_doses(session, dose.pilgrim_id, campaign_code=dose.campaign_code):
            if winner.antigen_code == dose.antigen_code and winner.number == dose.number:
                raise _already_recorded(session, winner) from None
        raise


@in_order
def record_not_given(
    session: Session,
    pilgrim: Pilgrim,
    occasion: Occasion,
    *,
    antigen_code: str,
    reason: NotGivenReason,
    note: str = "",
    id: uuid.UUID,  # noqa: A002 - the row's name for it
) -> DoseNotGiven:
    """Record why a dose was not given. It asks for no examination: who refuses may do so at the door."""
    recorded = session.get(DoseNotGiven, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    refuse(rules.not_given_faults(reason, note))
    by, at = occasion.by, occasion.at
    row = DoseNotGiven(
        **rows.not_given_row(pilgrim, antigen_code=antigen_code, reason=reason, note=note, id=id, **vars(occasion))
    )
    session.add(row)
    session.flush()
    audit.record(session, Action.NOT_GIVEN, by=by, at=at, pilgrim=pilgrim.id, antigen=antigen_code, reason=reason.value)
    immunization_log.append_row(session, Kind.NOT_GIVEN, row, stream=row.point_code, at=at)
    return row


@in_order
def supersede_dose(
    session: Session,
    dose: Dose,
    details: DoseDetails | None,
    *,
    examination: Examination | None = None,
    by: uuid.UUID,
    at: datetime,
) -> Dose:
    """Add the next version of a live dose; None: it was entered in error and goes back to the stock."""
    before = queries.list_live_doses(session, dose.pilgrim_id, campaign_code=dose.campaign_code)
    if dose.id not in {live.id for live in before}:
        raise rules.DoseChangedMeanwhile
    vaccines.lock_stock(session, dose.point_code, {dose.lot_id, details.lot_id if details else dose.lot_id})
    changes: dict[str, object] = details.model_dump() if details else {"status": DoseStatus.ENTERED_IN_ERROR}
    if details and details.antigen_code != dose.antigen_code:
        changes["number"] = queries.next_number(session, dose.pilgrim_id, dose.campaign_code, details.antigen_code)
    version = Dose.model_validate(
        dose.model_dump(),
        update={
            **changes,
            "examination_id": examination.id if examination else dose.examination_id,
            "id": new_id(),
            "version": dose.version + 1,
            "supersedes_id": dose.id,
            "recorded_by_id": by,
            "recorded_at": at,
        },
    )
    try:
        with session.begin_nested():
            session.add(version)
            session.flush()
    except IntegrityError:
        raise rules.DoseChangedMeanwhile from None
    if details is None or details.lot_id != dose.lot_id:
        _exchange(session, dose, details, by=by, at=at)
    _recount(session, dose, before=before)
    immunization_log.append_row(session, Kind.DOSE, version, stream=version.point_code, at=at)
    return version


def _exchange(session: Session, dose: Dose, details: DoseDetails | None, *, by: uuid.UUID, at: datetime) -> None:
    """Put a dose back to its lot's stock and take the one that was really given, in the order of the lots."""
    moves = {dose.lot_id: stock.return_dose, **({details.lot_id: stock.take_dose} if details else {})}
    for lot_id in sorted(moves):
        moves[lot_id](session, point_code=dose.point_code, lot_id=lot_id, by=by, at=at)


def _recount(session: Session, dose: Dose, *, before: Sequence[Dose]) -> None:
    """Bring the counters from what the pilgrim's doses were to what they are now."""
    region = pilgrims.get_registration(session, dose.pilgrim_id, dose.campaign_code).region_code
    after = queries.list_live_doses(session, dose.pilgrim_id, campaign_code=dose.campaign_code)
    mandatory = [antigen.code for antigen in campaigns.list_antigens(session, dose.campaign_code)]
    move_counts(
        session,
        dose.campaign_code,
        before=rules.contribution(before, region_code=region, mandatory=mandatory),
        after=rules.contribution(after, region_code=region, mandatory=mandatory),
    )


@in_order
def move_counts(
    session: Session, campaign_code: str, *, before: Counter[rules.Count], after: Counter[rules.Count]
) -> None:
    """Take back what no longer counts, add what counts now."""
    difference = Counter(after)
    difference.subtract(before)
    # Sorted: two transactions that touch the same counters take them in the same order.
    for key in sorted(key for key, count in difference.items() if count):
        tallies.add(
            session,
            key.measure,
            campaign=campaign_code,
            region=key.region_code,
            point=key.point_code,
            day=key.day,
            antigen=key.antigen_code,
            count=difference[key],
        )
