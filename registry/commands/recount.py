"""Count a campaign again from its events, and compare with the counters."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.rules import newest_point
from registry.examinations.models import Examination
from registry.pilgrims.models import Registration
from registry.tallies.models import Measure
from registry.tallies.queries import list_tallies
from registry.vaccinations.models import Dose, DoseStatus
from registry.vaccinations.rules import Count, contribution


class Difference(NamedTuple):
    """One counter that disagrees with the events."""

    key: Count
    counted: int
    events: int

    def as_row(self) -> dict[str, Any]:
        return {
            "measure": self.key.measure.value,
            "antigen": self.key.antigen_code,
            "region": self.key.region_code,
            "point": self.key.point_code,
            "day": self.key.day.isoformat(),
            "counted": self.counted,
            "events": self.events,
        }


def differences(session: Session, campaign: Campaign) -> Iterator[Difference]:
    """Every counter that is not what the events add up to."""
    counted = Counter(
        {
            Count(tally.measure, tally.antigen_code, tally.region_code, tally.point_code, tally.day): tally.count
            for tally in list_tallies(session, campaign.code)
        }
    )
    events = count_events(session, campaign)
    for key in sorted({*counted, *events}, key=str):
        if counted[key] != events[key]:
            yield Difference(key, counted[key], events[key])


def count_events(session: Session, campaign: Campaign) -> Counter[Count]:
    """What the counters should say."""
    events: Counter[Count] = Counter()
    regions: dict[uuid.UUID, str] = {}
    for row in session.exec(select(Registration).where(Registration.campaign_code == campaign.code)):
        regions[row.pilgrim_id] = row.region_code
        day = clock.local_date(row.registered_at, campaign.timezone)
        events[Count(Measure.REGISTERED, "", row.region_code, row.point_code, day)] += 1
    _count_examined(session, campaign, regions, events)
    _count_doses(session, campaign, regions, events)
    _count_certified(session, campaign, regions, events)
    return events


def _count_examined(
    session: Session, campaign: Campaign, regions: dict[uuid.UUID, str], events: Counter[Count]
) -> None:
    firsts: dict[uuid.UUID, Examination] = {}
    rows = select(Examination).where(Examination.campaign_code == campaign.code).order_by(col(Examination.recorded_at))
    for row in session.exec(rows):
        firsts.setdefault(row.pilgrim_id, row)
    for pilgrim_id, first in firsts.items():
        events[Count(Measure.EXAMINED, "", regions[pilgrim_id], first.point_code, first.examined_on)] += 1


def _count_doses(session: Session, campaign: Campaign, regions: dict[uuid.UUID, str], events: Counter[Count]) -> None:
    mandatory = [antigen.code for antigen in campaigns.list_antigens(session, campaign.code)]
    doses = session.exec(select(Dose).where(Dose.campaign_code == campaign.code)).all()
    superseded = {dose.supersedes_id for dose in doses}
    live: dict[uuid.UUID, list[Dose]] = defaultdict(list)
    for dose in doses:
        if dose.id not in superseded and dose.status is DoseStatus.COMPLETED:
            live[dose.pilgrim_id].append(dose)
    for pilgrim_id, own in live.items():
        events.update(contribution(own, region_code=regions[pilgrim_id], mandatory=mandatory))


def _count_certified(
    session: Session, campaign: Campaign, regions: dict[uuid.UUID, str], events: Counter[Count]
) -> None:
    """Whoever holds a certificate counts where and when the first of its line was issued."""
    rows = session.exec(select(Certificate).where(Certificate.campaign_code == campaign.code)).all()
    papers = {row.id: row for row in rows}
    gone = set(session.exec(select(CertificateRevocation.certificate_id))) | {row.replaces_id for row in rows}
    for row in rows:
        if row.id in gone:
            continue
        first = row
        while first.replaces_id is not None:
            first = papers[first.replaces_id]
        day = clock.local_date(first.issued_at, campaign.timezone)
        events[Count(Measure.CERTIFIED, "", regions[row.pilgrim_id], newest_point(first.facts), day)] += 1
