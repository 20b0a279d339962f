"""Count a campaign again from its events, and compare with the counters.

The database sorts the events by pilgrim and hands them over some hundred at a time, and only what counts of each:
memory holds the counters and the events of one pilgrim, whatever the size of the campaign.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Executable, Select, and_, exists, or_, select
from sqlmodel import Session, col

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.logged import find_earned, read_point
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.queries import revokes
from registry.examinations.models import Examination
from registry.pilgrims.models import PilgrimIdentifier, Registration
from registry.tallies.models import Measure
from registry.tallies.queries import list_tallies
from registry.vaccinations.models import Dose, DoseStatus
from registry.vaccinations.rules import Count, contribution

CHUNK = 500


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
    _count_registered(session, campaign, events)
    _count_examined(session, campaign, events)
    _count_doses(session, campaign, events)
    _count_certified(session, campaign, events)
    return events


def _count_registered(session: Session, campaign: Campaign, events: Counter[Count]) -> None:
    query = select(col(Registration.region_code), col(Registration.point_code), col(Registration.registered_at))
    for row in _chunks(session, query.where(col(Registration.campaign_code) == campaign.code)):
        day = clock.local_date(row.registered_at, campaign.timezone)
        events[Count(Measure.REGISTERED, "", row.region_code, row.point_code, day)] += 1


def _count_examined(session: Session, campaign: Campaign, events: Counter[Count]) -> None:
    query = _with_regions(campaign, Examination, "point_code", "examined_on", "recorded_at")
    for region, own in _by_pilgrim(session, query):
        first = min(own, key=attrgetter("recorded_at"))
        events[Count(Measure.EXAMINED, "", region, first.point_code, first.examined_on)] += 1


def _count_doses(session: Session, campaign: Campaign, events: Counter[Count]) -> None:
    mandatory = [antigen.code for antigen in campaigns.list_antigens(session, campaign.code)]
    columns = ("id", "supersedes_id", "status", "antigen_code", "number", "given_on", "point_code")
    for region, own in _by_pilgrim(session, _with_regions(campaign, Dose, *columns)):
        superseded = {dose.supersedes_id for dose in own}
        live = [dose for dose in own if dose.id not in superseded and dose.status is DoseStatus.COMPLETED]
        events.update(contribution(live, region_code=region, mandatory=mandatory))


def _count_certified(session: Session, campaign: Campaign, events: Counter[Count]) -> None:
    """Whoever holds a certificate counts where and when the first of its line was issued."""
    query = _with_regions(campaign, Certificate, "id", "replaces_id", "issued_at", "facts")
    query = query.add_columns(col(CertificateRevocation.id).label("revoked_by")).outerjoin(
        CertificateRevocation, revokes()
    )
    for region, own in _by_pilgrim(session, query):
        papers, replaced = {paper.id: paper for paper in own}, {paper.replaces_id for paper in own}
        for paper in own:
            if paper.revoked_by is None and paper.id not in replaced:
                first = _first_of_line(paper, papers)
                day = clock.local_date(first.issued_at, campaign.timezone)
                events[Count(Measure.CERTIFIED, "", region, _point_of(session, first), day)] += 1


def _point_of(session: Session, paper: Any) -> str:
    """Where it was earned; the log is asked only where the facts cannot be read. "": nothing tells."""
    if (told := read_point(paper.facts)) is not None:
        return told
    earned = find_earned(session, paper)
    return earned.point if earned else ""


def _first_of_line(paper: Any, papers: dict[uuid.UUID, Any]) -> Any:
    before = dict(papers)  # taken out as they are passed: somebody may have written a ring
    while paper.replaces_id in before:
        paper = before.pop(paper.replaces_id)
    return paper


def _with_regions(
    campaign: Campaign, table: type[Examination] | type[Dose] | type[Certificate], *columns: str
) -> Select[Any]:
    """The events of a campaign sorted by pilgrim, but for records made by mistake, to which no number leads.

    `region_code` None: nobody registered for it, which is a fault.
    """
    registered = and_(
        col(Registration.pilgrim_id) == table.pilgrim_id, col(Registration.campaign_code) == campaign.code
    )
    leads_here = exists().where(col(PilgrimIdentifier.pilgrim_id) == table.pilgrim_id)
    return (
        select(col(table.pilgrim_id), col(Registration.region_code), *(getattr(table, name) for name in columns))
        .select_from(table)
        .outerjoin(Registration, registered)
        .where(col(table.campaign_code) == campaign.code)
        .where(or_(col(Registration.region_code).is_not(None), leads_here))
        .order_by(col(table.pilgrim_id))
    )


def _by_pilgrim(session: Session, query: Select[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Each pilgrim's region and events; rows that read like the records whose columns they have."""
    for _pilgrim, rows in groupby(_chunks(session, query), key=attrgetter("pilgrim_id")):
        own = list(rows)
        yield own[0].region_code or "", own


def _chunks(session: Session, query: Executable) -> Iterator[Any]:
    return iter(session.execute(query, execution_options={"yield_per": CHUNK}))
