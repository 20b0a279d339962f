"""Register pilgrims; change what was recorded; let somebody see."""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns.models import Campaign
from registry.db.order import act, in_order
from registry.errors import N_, NotFound, Refusal, refuse
from registry.jobs import queries as jobs
from registry.pilgrims import histories, names, queries, rows, rules
from registry.pilgrims.intake import CHECK_LIST, FIELD_OF, LikelyDuplicate, NumberHeldBefore
from registry.pilgrims.models import (
    AccessGrant,
    FormerNumber,
    Pilgrim,
    PilgrimDetails,
    PilgrimIdentifier,
    PilgrimSearchKey,
    Registration,
)
from registry.pilgrims.queries import Found, Likeness
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Staff
from registry.tallies import services as tallies
from registry.tallies.models import Measure

SHIFT = timedelta(hours=12)
# A region sends a few lists, each again after its faults are corrected. Every check tells whom the registry knows.
LISTS_A_DAY = 20


class PassportTaken(Refusal):
    sentence = N_("This passport number is registered already. Search for it and open that record instead.")
    field = "passport_number"


class PinTaken(Refusal):
    sentence = N_("This PIN is registered already, with another passport. Search for the PIN and compare the two.")
    field = "pin"


class TooManyLists(Refusal):
    sentence = N_(
        "You have sent %(most)s lists today, as many as one person may. Go on tomorrow, or ask a colleague who imports "
        "lists."
    )
    field = "file"


@in_order
def register_pilgrim(
    session: Session,
    details: PilgrimDetails,
    registration: RegistrationDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    campaign: Campaign,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Pilgrim:
    """Add a pilgrim and their place in a campaign. The same `id` again is the same pilgrim.

    Raises at once every refusal and unconfirmed doubt about the details; those about likely duplicates come after.
    Raises NotFound when the `id` names somebody else's pilgrim: a forged form must not open a record.
    """
    registered = session.get(Pilgrim, id)
    if registered is not None:
        if registered.registered_by_id != by:
            raise NotFound
        return registered
    details, today = rules.normalise(details), clock.local_date(at, campaign.timezone)
    found = chain(rules.details_faults(details, on=today), rules.campaign_faults(details, campaign))
    refuse(found, confirmed=confirmed)
    refuse(_duplicate_faults(session, details), confirmed=confirmed)
    place = rows.registration_row(id, registration, campaign=campaign, by=by, at=at)
    try:
        with act(session), session.begin_nested():
            _insert(session, id, details, place, campaign=campaign, by=by, at=at)
    except IntegrityError:
        # Somebody committed the same form, passport or PIN between our look and our write.
        registered = session.get(Pilgrim, id)
        if registered is not None:
            return registered
        refuse(_duplicate_faults(session, details), confirmed={LikelyDuplicate().code, NumberHeldBefore().code})
        raise
    audit.record(session, Action.REGISTERED, by=by, at=at, pilgrim=id, region=registration.region_code)
    session.flush()
    return session.get_one(Pilgrim, id)


def _duplicate_faults(session: Session, details: PilgrimDetails, *, but: uuid.UUID | None = None) -> Iterator[Refusal]:
    likely = {why for pilgrim, why in queries.list_likely_duplicates(session, details) if pilgrim.id != but}
    if Likeness.PASSPORT in likely:
        yield PassportTaken()
    if Likeness.PIN in likely:
        yield PinTaken()
    if likely - queries.BY_NUMBER:
        yield LikelyDuplicate()
    if {pilgrim.id for pilgrim in histories.list_former_holders(session, [details])[0]} - {but}:
        yield NumberHeldBefore()


@in_order
def refuse_many_lists(session: Session, *, campaign: Campaign, by: uuid.UUID, at: datetime) -> None:
    """Raises TooManyLists for who has sent LISTS_A_DAY today. The account is locked: lists sent at once count too."""
    session.exec(select(Staff.id).where(Staff.id == by).with_for_update())
    midnight = clock.first_instant(clock.local_date(at, campaign.timezone), campaign.timezone)
    if jobs.count_jobs(session, CHECK_LIST, by=by, since=midnight) >= LISTS_A_DAY:
        raise TooManyLists(most=LISTS_A_DAY)


def _insert(
    session: Session,
    pilgrim_id: uuid.UUID,
    details: PilgrimDetails,
    place: Mapping[str, Any],
    *,
    campaign: Campaign,
    by: uuid.UUID,
    at: datetime,
) -> None:
    session.execute(insert(Pilgrim), [rows.pilgrim_row(pilgrim_id, details, by=by, at=at)])
    _index(session, pilgrim_id, details)
    session.execute(insert(Registration), [place])
    day = clock.local_date(at, campaign.timezone)
    _count(session, campaign=campaign.code, region=place["region_code"], point=place["point_code"], day=day, count=1)


def _index(session: Session, pilgrim_id: uuid.UUID, details: PilgrimDetails) -> None:
    """What leads to a pilgrim: identifiers, each of which leads to one only, and search keys."""
    session.execute(insert(PilgrimIdentifier), rows.sorted_identifiers(rows.identifier_rows(pilgrim_id, details)))
    session.execute(insert(PilgrimSearchKey), [*rows.search_key_rows(pilgrim_id, details)])


def _count(session: Session, *, campaign: str, region: str, point: str, day: date, count: int) -> None:
    tallies.add(session, Measure.REGISTERED, campaign=campaign, region=region, point=point, day=day, count=count)


def change_details(
    session: Session,
    pilgrim: Pilgrim,
    details: PilgrimDetails,
    *,
    campaign: Campaign,
    at: datetime,
    confirmed: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Set a pilgrim right. Returns [{"field", "old", "new"}] in JSON values, empty when nothing differs.

    Only what changed is judged again: a doubt about the name, once confirmed, must not stop a new telephone number.
    """
    details = rules.normalise(details)
    changes = _changes(PilgrimDetails.model_validate(pilgrim.model_dump()), details)
    changed = {change["field"] for change in changes}
    if not changes:
        return []
    judged = changed | ({"pin"} if changed & {"birth_on", "sex"} else set())
    judged |= {"passport_number"} if "nationality" in changed else set()
    today = clock.local_date(at, campaign.timezone)
    found = chain(rules.details_faults(details, on=today), rules.campaign_faults(details, campaign))
    refuse((fault for fault in found if fault.field in judged), confirmed=confirmed)
    refuse(_duplicate_faults(session, details, but=pilgrim.id), confirmed=confirmed)
    _keep_former(session, pilgrim, changed)
    for field in changed:
        setattr(pilgrim, field, getattr(details, field))
    pilgrim.sort_name = names.sort_name(details.surname, details.given_name)
    session.add(pilgrim)
    session.flush()
    try:
        with session.begin_nested():
            for table in (PilgrimIdentifier, PilgrimSearchKey):
                session.execute(delete(table).where(col(table.pilgrim_id) == pilgrim.id))
            _index(session, pilgrim.id, details)
    except IntegrityError:
        raise PassportTaken from None
    return changes


def _keep_former(session: Session, pilgrim: Pilgrim, changed: Collection[str]) -> None:
    """Note the numbers that leave a record: whoever comes with one of them is compared with it."""
    own = PilgrimDetails.model_validate(pilgrim.model_dump())
    for kind, value in queries.identifiers_of(own):
        if FIELD_OF[kind] in changed:
            session.merge(FormerNumber(kind=kind, value=value, pilgrim_id=pilgrim.id))


def hold_registration(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> Registration:
    """A pilgrim's place in a campaign, as it stands now; other acts on the pilgrim wait until this one is committed.

    Raises NotFound, also where the registration was withdrawn while this act waited.
    """
    for registration in hold_registrations(session, pilgrim_id):
        if registration.campaign_code == campaign_code:
            return registration
    raise NotFound


def hold_registrations(session: Session, pilgrim_id: uuid.UUID) -> Sequence[Registration]:
    """A pilgrim's places in all campaigns, always in one order: what is decided in one holds for the others too."""
    own = select(Registration).where(Registration.pilgrim_id == pilgrim_id).order_by(col(Registration.campaign_code))
    return session.exec(own.with_for_update().execution_options(populate_existing=True)).all()


@in_order
def unregister(session: Session, pilgrim: Pilgrim) -> Sequence[Registration]:
    """Take a record out of every campaign and free its numbers: no search finds it. The record itself stays.

    Whoever comes with one of the numbers is compared with it. Returns the registrations as they were.
    """
    taken = hold_registrations(session, pilgrim.id)
    for registration in taken:
        session.delete(registration)
    _keep_former(session, pilgrim, FIELD_OF.values())
    session.flush()
    for table in (PilgrimIdentifier, PilgrimSearchKey):
        session.execute(delete(table).where(col(table.pilgrim_id) == pilgrim.id))
    return taken


@in_order
def change_registration(
    session: Session, registration: Registration, place: RegistrationDetails, *, campaign: Campaign
) -> list[dict[str, Any]]:
    """Set region, arrival or group right; the counter of registered pilgrims moves with the region.

    Returns [{"field", "old", "new"}] in JSON values. Where the registration was made stays.
    """
    wanted = registration.model_copy(update={**asdict(place), "point_code": registration.point_code})
    changes = _changes(registration, wanted)
    if registration.region_code != place.region_code:
        day = clock.local_date(registration.registered_at, campaign.timezone)
        for region, count in ((registration.region_code, -1), (place.region_code, 1)):
            point = registration.point_code
            _count(session, campaign=campaign.code, region=region, point=point, day=day, count=count)
    for change in changes:
        setattr(registration, change["field"], getattr(wanted, change["field"]))
    session.add(registration)
    session.flush()
    return changes


def _changes(old: SQLModel, new: SQLModel) -> list[dict[str, Any]]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return [{"field": name, "old": before[name], "new": after[name]} for name in before if before[name] != after[name]]


def grant_access(session: Session, *, staff_id: uuid.UUID, pilgrim_id: uuid.UUID, until: datetime) -> None:
    """Let one person see one pilgrim outside their regions; an earlier, longer sight is not cut short."""
    grant = session.get(AccessGrant, (staff_id, pilgrim_id))
    if grant is None:
        session.add(AccessGrant(staff_id=staff_id, pilgrim_id=pilgrim_id, until=until))
    else:
        grant.until = max(grant.until, until)
    session.flush()


def record_look(session: Session, pilgrim_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    record_looks(session, [pilgrim_id], by=by, at=at)


def record_looks(session: Session, pilgrim_ids: Collection[uuid.UUID], *, by: uuid.UUID, at: datetime) -> None:
    for pilgrim_id in pilgrim_ids:
        audit.record(session, Action.VIEWED, by=by, at=at, pilgrim=pilgrim_id)
    session.flush()


def record_search(
    session: Session, found: Found, *, outside: Collection[uuid.UUID], by: uuid.UUID, at: datetime
) -> None:
    """Note a search without its text. Whoever holds a full number of somebody elsewhere may see them for a shift."""
    ids = [match.pilgrim.id for match in found.pilgrims]
    if not found.by_identifier:
        audit.record(session, Action.SEARCHED, by=by, at=at, found=len(ids), more=found.more)
    for pilgrim_id in ids if found.by_identifier else ():
        audit.record(session, Action.SEARCHED_BY_IDENTIFIER, by=by, at=at, pilgrim=pilgrim_id)
    for pilgrim_id in sorted(outside):
        grant_access(session, staff_id=by, pilgrim_id=pilgrim_id, until=at + SHIFT)
    session.flush()
