"""Bring a checked list of pilgrims: made ready while others write, then written in one short transaction.

Nearly all the work of an import is for the processor: names folded, keys made, rows put into the driver's words. In
SQLite whoever records a dose would wait for it. So `prepare` does it in the session that checked the list, a snapshot;
`import_list` holds the writer's place only to ask whether what the check saw is still so, and to insert.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns.models import Campaign
from registry.db.order import act, in_order
from registry.errors import N_, Refusal
from registry.model import new_id
from registry.pilgrims import names, queries, rows
from registry.pilgrims.intake import Listed
from registry.pilgrims.models import (
    IdentifierKind,
    Pilgrim,
    PilgrimDetails,
    PilgrimIdentifier,
    PilgrimSearchKey,
    Registration,
)
from registry.pilgrims.rows import RegistrationDetails
from registry.tallies import services as tallies
from registry.tallies.models import Measure

ASKED_AT_ONCE = 5_000  # engines limit a statement's parameters
TRIES = 3  # checks of a list that is overtaken again and again


@dataclass(frozen=True)
class Imported:
    """How many were added, how many known ones got a place in this campaign, how many had one already."""

    registered: int
    returning: int
    unchanged: int


class ListOvertaken(Refusal):
    """What the check saw is no longer so: the import begins again with the check."""

    sentence = N_("Somebody registered a pilgrim of this list at the same moment. Nothing was saved; import it again.")


@dataclass(frozen=True)
class Clues:
    """What would lead to those of a list if they were registered; `met`: to whom it led when the list was checked."""

    passports: Sequence[str]
    pins: Sequence[str]
    likenesses: Sequence[str]
    returning: Sequence[uuid.UUID]
    met: frozenset[tuple[str, uuid.UUID]]


@dataclass(frozen=True)
class Prepared:
    """A list without faults, with all its rows. `places`: how many of each region."""

    campaign: Campaign
    by: uuid.UUID
    at: datetime
    done: Imported
    clues: Clues
    tables: Sequence[db.PreparedRows]
    places: Mapping[str, int]


def prepare(session: Session, listed: Sequence[Listed], *, campaign: Campaign, by: uuid.UUID, at: datetime) -> Prepared:
    """All that can be done before writing, in the snapshot that checked the list.

    Whoever has a place in the campaign already is left as they are.
    """
    settled = queries.list_registered(session, campaign.code, {row.known for row in listed if row.known})
    entering = [row for row in listed if row.known is None or row.known not in settled]
    people: dict[uuid.UUID, PilgrimDetails] = {}
    places = []
    for row in entering:
        pilgrim_id = row.known or new_id()
        if row.known is None:
            people[pilgrim_id] = row.details
        place = RegistrationDetails(row.region_code, row.arrival_on, row.group_name)
        places.append(rows.registration_row(pilgrim_id, place, campaign=campaign, by=by, at=at))
    done = Imported(len(people), len(entering) - len(people), len(listed) - len(entering))
    tables = {**_rows_of(people, by=by, at=at), Registration: places}
    return Prepared(
        campaign=campaign,
        by=by,
        at=at,
        done=done,
        clues=_clues(session, entering, campaign),
        tables=[db.prepare_rows(session, table, made) for table, made in tables.items()],
        places=Counter(row.region_code for row in entering),
    )


def _rows_of(people: Mapping[uuid.UUID, PilgrimDetails], *, by: uuid.UUID, at: datetime) -> dict[Any, list[Any]]:
    identifiers = [row for one, details in people.items() for row in rows.identifier_rows(one, details)]
    return {
        Pilgrim: [rows.pilgrim_row(one, details, by=by, at=at) for one, details in people.items()],
        PilgrimIdentifier: rows.sorted_identifiers(identifiers),
        PilgrimSearchKey: [row for one, details in people.items() for row in rows.search_key_rows(one, details)],
    }


def _clues(session: Session, entering: Sequence[Listed], campaign: Campaign) -> Clues:
    people = [row.details for row in entering]
    clues = Clues(
        # In order: neighbours in an index are found the quickest.
        passports=sorted(details.passport_number for details in people),
        pins=sorted(details.pin for details in people if details.pin),
        likenesses=sorted({key for details in people for key in names.likeness_keys(details)}),
        returning=[row.known for row in entering if row.known],
        met=frozenset(),
    )
    return replace(clues, met=_met(session, clues, campaign))


def _met(session: Session, clues: Clues, campaign: Campaign) -> frozenset[tuple[str, uuid.UUID]]:
    """Whoever these numbers and likenesses lead to now, and who of those returning has a place here."""
    met: set[tuple[str, uuid.UUID]] = set()
    value, key = col(PilgrimIdentifier.value), col(PilgrimSearchKey.key)
    for kind, numbers in ((IdentifierKind.PASSPORT, clues.passports), (IdentifierKind.PIN, clues.pins)):
        of_kind = select(value, PilgrimIdentifier.pilgrim_id).where(PilgrimIdentifier.kind == kind)
        for some in _portions(numbers):
            met.update(session.exec(of_kind.where(value.in_(some))))
    for some in _portions(clues.likenesses):
        met.update(session.exec(select(key, PilgrimSearchKey.pilgrim_id).where(key.in_(some))))
    for some in _portions(clues.returning):
        met.update(("", one) for one in queries.list_registered(session, campaign.code, some))
    return frozenset(met)


def _portions(asked: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (asked[start : start + ASKED_AT_ONCE] for start in range(0, len(asked), ASKED_AT_ONCE))


@in_order
def import_list(session: Session, prepared: Prepared) -> Imported:
    """Write all of it. Raises ListOvertaken when the check no longer holds: nothing is written then."""
    campaign, by, at = prepared.campaign, prepared.by, prepared.at
    if _met(session, prepared.clues, campaign) != prepared.clues.met:
        raise ListOvertaken
    try:
        with act(session), session.begin_nested():
            for table in prepared.tables:
                db.insert_prepared(session, table)
    except IntegrityError:
        # In PostgreSQL somebody may commit the same number between our look and our write.
        raise ListOvertaken from None
    day = clock.local_date(at, campaign.timezone)
    for region, count in prepared.places.items():
        tallies.add(session, Measure.REGISTERED, campaign=campaign.code, region=region, day=day, count=count)
    audit.record(session, Action.IMPORTED, by=by, at=at, campaign=campaign.code, **asdict(prepared.done))
    session.flush()
    return prepared.done
