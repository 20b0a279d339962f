"""Record an examination."""

import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.db.order import in_order
from registry.errors import Refusal, refuse
from registry.examinations import queries, rows, rules
from registry.examinations.models import Examination, ExaminationDetails
from registry.pilgrims import histories
from registry.pilgrims import services as pilgrims_services
from registry.pilgrims.models import Pilgrim
from registry.tallies import services as tallies
from registry.tallies.models import Measure

CLOCK_SKEW = timedelta(hours=2)


def keep_in_sight(session: Session, pilgrim: Pilgrim, *, campaign: Campaign, by: uuid.UUID, at: datetime) -> None:
    """Let who acted on a pilgrim go on seeing them to the campaign's end, and at least for a day."""
    until = sight_ends(campaign, at=at)
    pilgrims_services.grant_access(session, staff_id=by, pilgrim_id=pilgrim.id, until=until)


def sight_ends(campaign: Campaign, *, at: datetime) -> datetime:
    ends_at = datetime.combine(campaign.ends_on, time.max, tzinfo=ZoneInfo(campaign.timezone))
    return max(ends_at.astimezone(UTC), at + timedelta(days=1))


@in_order
def record_examination(
    session: Session,
    pilgrim: Pilgrim,
    details: ExaminationDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    campaign: Campaign,
    point_code: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Examination:
    """Add an examination; it supersedes earlier ones. The same `id` again is the same examination."""
    # Acts on one pilgrim wait for each other: EXAMINED counts once.
    registration = pilgrims_services.hold_registration(session, pilgrim.id, campaign.code)
    recorded = session.get(Examination, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    histories.refuse_opened_for_another(session, pilgrim, id)
    earlier = queries.find_latest_examination(session, pilgrim.id, campaign.code)
    refuse(_faults(session, pilgrim, details, earlier, campaign=campaign, at=at), confirmed=confirmed)
    row = rows.examination_row(pilgrim, details, id=id, campaign=campaign, point_code=point_code, by=by, at=at)
    examination = Examination.model_validate(row)
    session.add(examination)
    session.flush()
    if earlier is None:
        tallies.add(
            session,
            Measure.EXAMINED,
            campaign=campaign.code,
            region=registration.region_code,
            point=point_code,
            day=examination.examined_on,
        )
    keep_in_sight(session, pilgrim, campaign=campaign, by=by, at=at)
    audit.record(session, Action.EXAMINED, by=by, at=at, pilgrim=pilgrim.id, point=point_code)
    return examination


def _faults(
    session: Session,
    pilgrim: Pilgrim,
    details: ExaminationDetails,
    earlier: Examination | None,
    *,
    campaign: Campaign,
    at: datetime,
) -> Iterator[Refusal]:
    today = clock.local_date(at + CLOCK_SKEW, campaign.timezone)
    questions = queries.list_questions_for(pilgrim.sex, pilgrim.birth_on, campaign)
    vaccines = {antigen.code: antigen.name for antigen in campaigns.list_antigens(session, campaign.code)}
    yield from rules.exam_faults(details, questions=questions, today=today, birth_on=pilgrim.birth_on)
    yield from rules.withdrawal_doubts(details, earlier, vaccines=vaccines)
