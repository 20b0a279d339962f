"""Which certificates are printed: those in force, of pilgrims whom the person may see; and their papers by chunks."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, func, or_, select

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.models import Certificate, CertificateHandle, CertificateRevocation
from registry.pilgrims.models import AccessGrant, Pilgrim, Registration
from registry.pilgrims.queries import scope_of
from registry.printing.rules import Order, Selection
from registry.staff.queries import Actor
from registry.vaccinations.models import Dose, DoseStatus

BATCH = 500
MAX_GROUPS = 500


class Paper(NamedTuple):
    """A certificate's key."""

    pilgrim_id: uuid.UUID
    certificate_id: uuid.UUID


@dataclass(frozen=True)
class Sight:
    """Whose papers a person may print: of pilgrims registered in `regions`, and of those opened for them by number."""

    regions: frozenset[str]
    staff_id: uuid.UUID
    at: datetime


def sight_of(session: Session, actor: Actor, *, at: datetime) -> Sight | None:
    """None sees the country."""
    regions = scope_of(session, actor)
    return None if regions is None else Sight(frozenset(regions), actor.id, at)


def covers(sight: Sight | None, regions: Collection[str] | None) -> bool:
    """Whether a person sees everybody of these regions (None: of the country)."""
    return sight is None or (regions is not None and sight.regions.issuperset(regions))


def count_papers(session: Session, chosen: Selection, *, campaign: Campaign, sight: Sight | None) -> int:
    if chosen.by_codes:
        return len(_listed(session, chosen.codes, campaign=campaign, sight=sight))
    wanted = and_(*_conditions(chosen, campaign=campaign, sight=sight))
    count: int = session.exec(_joined(select(func.count()).select_from(Certificate)).where(wanted)).one()
    return count


def list_missing(session: Session, chosen: Selection, *, campaign: Campaign, sight: Sight | None) -> list[str]:
    """Codes of a list that nothing is printed for: unknown, replaced, revoked, or out of sight."""
    found = {one.code for one in _listed(session, chosen.codes, campaign=campaign, sight=sight)}
    return [code for code in chosen.codes if code not in found]


def read_papers(
    session: Session, chosen: Selection, order: Order, *, campaign: Campaign, sight: Sight | None
) -> Iterator[Paper]:
    """The keys in the order of the pile.

    One statement whose rows arrive in batches: the database sorts once, and memory does not grow with the pile.
    """
    if chosen.by_codes:
        yield from _sorted(_listed(session, chosen.codes, campaign=campaign, sight=sight), order)
        return
    wanted = and_(*_conditions(chosen, campaign=campaign, sight=sight))
    query = _joined(select(Certificate.pilgrim_id, Certificate.id)).where(wanted).order_by(*_sorting(order))
    for row in session.execute(query, execution_options={"yield_per": BATCH}):
        yield Paper(*row)


def read_certificates(session: Session, papers: Collection[Paper], *, sight: Sight | None) -> dict[Paper, Certificate]:
    """Those of some hundred papers that may still be printed: one read by the primary key."""
    query = select(Certificate).where(
        col(Certificate.pilgrim_id).in_({paper.pilgrim_id for paper in papers}),
        col(Certificate.id).in_({paper.certificate_id for paper in papers}),
        *_in_force(),
        *([_seen(sight)] if sight else []),
    )
    return {Paper(found.pilgrim_id, found.id): found for found in session.exec(query)}


def list_withdrawn(session: Session, papers: Collection[Paper]) -> list[Paper]:
    """Those that count no more: revoked or replaced. A read by the primary key for every BATCH of them."""
    rest, withdrawn = iter(papers), list[Paper]()
    while batch := list(islice(rest, BATCH)):
        query = select(Certificate.pilgrim_id, Certificate.id).where(
            col(Certificate.pilgrim_id).in_({paper.pilgrim_id for paper in batch}),
            col(Certificate.id).in_({paper.certificate_id for paper in batch}),
            *_in_force(),
        )
        in_force = {Paper(*row) for row in session.exec(query)}
        withdrawn += [paper for paper in batch if paper not in in_force]
    return withdrawn


def read_groups(session: Session, papers: Collection[Paper], campaign: Campaign) -> dict[uuid.UUID, str]:
    """{pilgrim: their group}, where there is one."""
    query = select(Registration.pilgrim_id, Registration.group_name).where(
        col(Registration.pilgrim_id).in_({paper.pilgrim_id for paper in papers}),
        Registration.campaign_code == campaign.code,
    )
    return dict(session.exec(query).all())


def list_groups(session: Session, *, campaign: Campaign, sight: Sight | None) -> Sequence[str]:
    """The groups that have a pilgrim whom the person may see: some hundred steps in an index, however many pilgrims."""
    regions = sight.regions if sight is not None else {region.code for region in campaigns.list_regions(session)}
    found = {name for region in regions for name in session.scalars(_groups_of(campaign.code, region))}
    return sorted(found)[:MAX_GROUPS]


def _groups_of(campaign_code: str, region: str) -> Any:
    """From one name to the next larger: DISTINCT would read the row of every pilgrim."""
    first = select(func.min(Registration.group_name).label("name")).where(
        Registration.campaign_code == campaign_code, Registration.region_code == region, Registration.group_name > ""
    )
    names = first.cte("names", recursive=True)
    following = select(func.min(Registration.group_name)).where(
        Registration.campaign_code == campaign_code,
        Registration.region_code == region,
        Registration.group_name > names.c.name,
    )
    names = names.union_all(select(following.scalar_subquery()).where(names.c.name.is_not(None)))
    return select(names.c.name).where(names.c.name.is_not(None)).limit(MAX_GROUPS)


def _joined(query: Any) -> Any:
    """With the pilgrim, and their place in the campaign."""
    here = and_(
        col(Registration.pilgrim_id) == Certificate.pilgrim_id,
        col(Registration.campaign_code) == Certificate.campaign_code,
    )
    return query.join(Pilgrim, col(Pilgrim.id) == Certificate.pilgrim_id).join(Registration, here)


def _conditions(chosen: Selection, *, campaign: Campaign, sight: Sight | None) -> Iterator[ColumnElement[bool]]:
    yield col(Certificate.campaign_code) == campaign.code
    yield from _in_force()
    if sight is not None:
        yield _seen(sight)
    if chosen.point:
        yield _vaccinated_at(chosen.point, campaign)
    if chosen.day:
        first, after = _bounds(chosen.day, campaign)
        yield and_(col(Certificate.issued_at) >= first, col(Certificate.issued_at) < after)
    if chosen.group:
        yield col(Registration.group_name) == chosen.group


def _in_force() -> Iterator[ColumnElement[bool]]:
    """Neither revoked nor replaced. Its dates may not have come yet or have ended: the paper says so itself."""
    newer, revocation = aliased(Certificate), CertificateRevocation
    yield ~exists().where(
        col(revocation.pilgrim_id) == Certificate.pilgrim_id, col(revocation.certificate_id) == Certificate.id
    )
    yield ~exists().where(col(newer.pilgrim_id) == Certificate.pilgrim_id, col(newer.replaces_id) == Certificate.id)


def _seen(sight: Sight) -> ColumnElement[bool]:
    """As `pilgrims.queries.may_see` says of one pilgrim."""
    any_campaign = aliased(Registration)
    registered = exists().where(
        col(any_campaign.pilgrim_id) == Certificate.pilgrim_id, col(any_campaign.region_code).in_(sight.regions)
    )
    opened = exists().where(
        col(AccessGrant.pilgrim_id) == Certificate.pilgrim_id,
        col(AccessGrant.staff_id) == sight.staff_id,
        col(AccessGrant.until) > sight.at,
    )
    return or_(registered, opened)


def _vaccinated_at(point: str, campaign: Campaign) -> ColumnElement[bool]:
    """Some dose of this campaign that counts was given there."""
    later = aliased(Dose)
    superseded = exists().where(col(later.pilgrim_id) == Dose.pilgrim_id, col(later.supersedes_id) == Dose.id)
    return exists().where(
        col(Dose.pilgrim_id) == Certificate.pilgrim_id,
        col(Dose.campaign_code) == campaign.code,
        col(Dose.point_code) == point,
        col(Dose.status) == DoseStatus.COMPLETED,
        ~superseded,
    )


def _bounds(day: date, campaign: Campaign) -> tuple[datetime, datetime]:
    """From midnight to midnight where the campaign happens."""
    zone = ZoneInfo(campaign.timezone)
    return tuple(datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))  # type: ignore[return-value]  # two


def _sorting(order: Order) -> list[Any]:
    """Who is in no group comes last."""
    names = [col(Pilgrim.latin_surname), col(Pilgrim.latin_given_name), col(Certificate.code)]
    group = col(Registration.group_name)
    return [case((group == "", 1), else_=0), group, *names] if order is Order.GROUP else names


class _Listed(NamedTuple):
    """A certificate of a list, with what it may be sorted by."""

    paper: Paper
    group: str
    latin_surname: str
    latin_given_name: str
    code: str


def _listed(session: Session, codes: Iterable[str], *, campaign: Campaign, sight: Sight | None) -> list[_Listed]:
    """Those certificates of a list that may be printed, in its order; a list is short enough to be held."""
    columns = (
        Certificate.pilgrim_id,
        Certificate.id,
        Registration.group_name,
        Pilgrim.latin_surname,
        Pilgrim.latin_given_name,
        Certificate.code,
    )
    held = and_(
        col(CertificateHandle.pilgrim_id) == Certificate.pilgrim_id,
        col(CertificateHandle.certificate_id) == Certificate.id,
    )
    wanted = and_(*_conditions(Selection(), campaign=campaign, sight=sight))
    query = _joined(select(*columns)).join(CertificateHandle, held).where(wanted)  # type: ignore[call-overload]  # six columns
    found: list[_Listed] = []
    rest = iter(codes)
    while batch := list(islice(rest, BATCH)):
        rows = session.execute(query.where(col(CertificateHandle.value).in_(batch)))
        by_code = {row[-1]: _Listed(Paper(row[0], row[1]), *row[2:]) for row in rows}
        found += [by_code[code] for code in batch if code in by_code]
    return found


def _sorted(listed: list[_Listed], order: Order) -> Iterator[Paper]:
    if order is Order.GROUP:
        listed.sort(key=lambda one: (not one.group, *one[1:]))
    elif order is Order.NAME:
        listed.sort(key=lambda one: one[2:])
    return (one.paper for one in listed)
