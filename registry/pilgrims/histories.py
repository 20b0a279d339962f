"""Reads of what pilgrims' records said at an earlier moment, before they were corrected."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from registry.errors import N_, Refusal
from registry.model import made_at
from registry.pilgrims import identity
from registry.pilgrims.models import (
    Correction,
    FormerNumber,
    IdentifierKind,
    Pilgrim,
    PilgrimDetails,
    PilgrimIdentifier,
    Subject,
)
from registry.pilgrims.queries import identifiers_of


class State(NamedTuple):
    """A pilgrim's details as they stood from a moment on."""

    since: datetime
    details: PilgrimDetails


def list_states(session: Session, pilgrim: Pilgrim) -> list[State]:
    """A pilgrim's details from the registration to now, one for each correction, the oldest first."""
    query = (
        select(Correction)
        .where(Correction.pilgrim_id == pilgrim.id, Correction.subject == Subject.PILGRIM)
        .order_by(col(Correction.corrected_at).desc(), col(Correction.id).desc())
    )
    known = {name: getattr(pilgrim, name) for name in PilgrimDetails.model_fields}
    states: list[State] = []
    for correction in session.exec(query):
        states.append(State(correction.corrected_at, PilgrimDetails.model_validate(known)))
        known |= {change["field"]: change["old"] for change in correction.changes if change["field"] in known}
    return [State(pilgrim.registered_at, PilgrimDetails.model_validate(known)), *reversed(states)]


def state_at(states: Sequence[State], at: datetime) -> State:
    """The last state from before a moment, or the first of all."""
    return ([states[0], *(state for state in states[1:] if state.since < at)])[-1]


def details_since(states: Sequence[State], state: State) -> list[PilgrimDetails]:
    """The details of a state, with what was learnt later beside them, then those of each state after it."""
    later = [one.details for one in states[states.index(state) + 1 :]]
    return [identity.learn(state.details, later), *later]


def was_another(states: Sequence[State], at: datetime, *, than: datetime | None = None) -> bool:
    """Whether what was recorded at a moment is about another person than the record names now, or named at `than`."""
    first, *later = details_since(states, state_at(states, at))
    other = later[-1:] if than is None else details_since(states, state_at(states, than))[:1]
    return any(identity.another_person(first, details) for details in other)


class OpenedForAnother(Refusal):
    sentence = N_(
        "Somebody made this record another person's after you opened the page, so nothing was recorded. Compare the "
        "record as it is now with the passport and the person; what was found in the former person says nothing of "
        "this one."
    )


def refuse_opened_for_another(session: Session, pilgrim: Pilgrim, key: uuid.UUID) -> None:
    """Raises OpenedForAnother where the form of this key was opened while the record named another person than now.

    The pilgrim is held already, and is read anew: it may have been corrected while this act waited.
    """
    session.refresh(pilgrim)
    if is_opened_for_another(session, pilgrim, key):
        raise OpenedForAnother


def is_opened_for_another(session: Session, pilgrim: Pilgrim, key: uuid.UUID) -> bool:
    """Whether the form of this key was opened while the record named another person than now."""
    opened_at = made_at(key)
    return opened_at is not None and was_another(list_states(session, pilgrim), opened_at)


def was_unregistered(session: Session, pilgrim_id: uuid.UUID) -> bool:
    """Whether a record was registered by mistake: it has no number that leads to it."""
    query = select(PilgrimIdentifier.value).where(PilgrimIdentifier.pilgrim_id == pilgrim_id)
    return session.exec(query.limit(1)).first() is None


def is_number_held(session: Session, passport_number: str) -> bool:
    """Whether a passport number leads to a record now."""
    query = select(PilgrimIdentifier.value).where(
        PilgrimIdentifier.kind == IdentifierKind.PASSPORT, PilgrimIdentifier.value == passport_number
    )
    return session.exec(query).first() is not None


def find_mistakes(session: Session, pilgrim_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When those of some records that were registered by mistake were called so: by the last correction of each."""
    query = (
        select(Correction.pilgrim_id, func.max(Correction.corrected_at))
        .where(
            col(Correction.pilgrim_id).in_(pilgrim_ids),
            col(Correction.pilgrim_id).not_in(
                select(PilgrimIdentifier.pilgrim_id).where(col(PilgrimIdentifier.pilgrim_id).in_(pilgrim_ids))
            ),
        )
        .group_by(col(Correction.pilgrim_id))
    )
    return dict(session.exec(query).all()) if pilgrim_ids else {}


def list_former_holders(session: Session, people: Sequence[PilgrimDetails]) -> list[list[Pilgrim]]:
    """For each of some hundred people the records that had their passport number or PIN before."""
    own = [set(identifiers_of(details)) for details in people]
    holders: dict[tuple[IdentifierKind, str], set[uuid.UUID]] = {}
    for kind in IdentifierKind:
        values = {value for numbers in own for of, value in numbers if of is kind}
        query = select(FormerNumber).where(FormerNumber.kind == kind, col(FormerNumber.value).in_(values))
        for found in session.exec(query) if values else ():
            holders.setdefault((kind, found.value), set()).add(found.pilgrim_id)
    wanted = select(Pilgrim).where(col(Pilgrim.id).in_(set().union(*holders.values())))
    pilgrims = {pilgrim.id: pilgrim for pilgrim in session.exec(wanted)} if holders else {}
    return [[pilgrims[one] for one in sorted(_held(numbers, holders))] for numbers in own]


def _held(
    numbers: set[tuple[IdentifierKind, str]], holders: Mapping[tuple[IdentifierKind, str], set[uuid.UUID]]
) -> set[uuid.UUID]:
    return set().union(*(holders.get(number, ()) for number in numbers))
