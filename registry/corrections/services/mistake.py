"""Say that a whole record was made by mistake."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.corrections import queries, rules
from registry.corrections.services.pilgrim import counts_of
from registry.corrections.services.recording import record
from registry.db.order import in_order
from registry.errors import refuse
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Correction, Pilgrim, Registration
from registry.tallies.models import Measure
from registry.vaccinations import services as vaccinations
from registry.vaccinations.rules import Count


@in_order
def withdraw_registration(
    session: Session,
    pilgrim: Pilgrim,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Correction:
    """Say that a record was registered by mistake: it counts nowhere, and its numbers are free for their owner.

    Details, examinations, withdrawn doses and certificates stay as history. The same `id` again is the same correction.
    """
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    pilgrims.hold_registration(session, pilgrim.id, campaign.code)
    today = clock.local_date(at, campaign.timezone)
    refuse([*rules.reason_faults(reason), *queries.list_mistake_faults(session, pilgrim, by=by, on=today)])
    taken = pilgrims.unregister(session, pilgrim)
    for registration in taken:
        _uncount(session, pilgrim, registration)
    changes = [*_changes(pilgrim, taken, campaign)]
    correction = record(session, pilgrim, changes, id=id, reason=reason, by=by, at=at)
    # No region leads to the record now: its author still sees what was done.
    pilgrims.grant_access(session, staff_id=by, pilgrim_id=pilgrim.id, until=at + pilgrims.SHIFT)
    return correction


def _uncount(session: Session, pilgrim: Pilgrim, registration: Registration) -> None:
    """Take back what the record added to the counters of a campaign; its doses were taken back when withdrawn."""
    campaign, region = campaigns.get_campaign(session, registration.campaign_code), registration.region_code
    before = counts_of(session, pilgrim, campaign, region=region)
    day = clock.local_date(registration.registered_at, campaign.timezone)
    before[Count(Measure.REGISTERED, "", region, registration.point_code, day)] += 1
    vaccinations.move_counts(session, campaign.code, before=before, after=type(before)())


def _changes(pilgrim: Pilgrim, taken: Sequence[Registration], campaign: Campaign) -> Iterator[dict[str, Any]]:
    """What is no longer: the numbers lead to nobody, and the place in the campaign is gone."""
    for field in ("passport_number", "pin"):
        if getattr(pilgrim, field):
            yield {"field": field, "old": getattr(pilgrim, field), "new": None}
    for registration in taken:
        place = registration.model_dump(mode="json", include={"region_code", "arrival_on", "group_name"})
        for field, old in place.items() if registration.campaign_code == campaign.code else ():
            if old:
                yield {"field": field, "old": old, "new": None}
