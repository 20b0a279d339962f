"""Reads of corrections, and of what was recorded before them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from registry.certificates import queries as certificates
from registry.certificates.rules import latin_name
from registry.corrections.models import Correction, Subject
from registry.jobs.models import Job
from registry.pilgrims.models import Pilgrim, PilgrimDetails
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose

COUNT = "count_lot"
"""The job that counts the certificates which name a lot."""
COUNTED_FOR = timedelta(minutes=10)


def list_corrections(session: Session, pilgrim_id: uuid.UUID) -> Sequence[Correction]:
    """A pilgrim's corrections, the oldest first."""
    query = select(Correction).where(Correction.pilgrim_id == pilgrim_id)
    return session.exec(query.order_by(col(Correction.corrected_at), col(Correction.id))).all()


class State(NamedTuple):
    """A pilgrim's details as they stood from a moment on."""

    since: datetime
    details: PilgrimDetails


def find_vaccinated_person(session: Session, pilgrim: Pilgrim) -> PilgrimDetails | None:
    """The details of the first certificate since the doses that count were recorded; None where no dose counts.

    Where there is no certificate: the details at the moment of the first of these doses.
    """
    recorded_at = _first_recorded(session, pilgrim.id)
    if recorded_at is None:
        return None
    states = list_states(session, pilgrim)
    for certificate in certificates.list_certificates(session, pilgrim.id):
        if certificate.issued_at >= recorded_at:
            return _state_of(certificate.facts, states, issued_at=certificate.issued_at).details
    return _state_at(states, recorded_at).details


def _first_recorded(session: Session, pilgrim_id: uuid.UUID) -> datetime | None:
    """When the first dose that counts was recorded; a corrected one when its first version was."""
    versions = {dose.id: dose for dose in vaccinations.list_dose_versions(session, pilgrim_id)}
    live = vaccinations.list_live_doses(session, pilgrim_id)
    return min((_first_version(dose, versions).recorded_at for dose in live), default=None)


def _first_version(dose: Dose, versions: Mapping[uuid.UUID, Dose]) -> Dose:
    while dose.supersedes_id is not None:
        dose = versions[dose.supersedes_id]
    return dose


def list_states(session: Session, pilgrim: Pilgrim) -> list[State]:
    """A pilgrim's details from the registration to now, one for each correction, the oldest first."""
    known = {name: getattr(pilgrim, name) for name in PilgrimDetails.model_fields}
    states: list[State] = []
    for correction in reversed(list_corrections(session, pilgrim.id)):
        if correction.subject is Subject.PILGRIM:
            states.append(State(correction.corrected_at, PilgrimDetails.model_validate(known)))
            known |= {change["field"]: change["old"] for change in correction.changes if change["field"] in known}
    return [State(pilgrim.registered_at, PilgrimDetails.model_validate(known)), *reversed(states)]


def _state_of(facts: Mapping[str, Any], states: Sequence[State], *, issued_at: datetime) -> State:
    """The details that a certificate shows, with those that it does not."""
    shown = [state for state in states if _shows(facts, state.details)]
    before = [state for state in shown if state.since <= issued_at]
    return (before[-1:] or shown[:1] or [_state_at(states, issued_at)])[0]


def _shows(facts: Mapping[str, Any], details: PilgrimDetails) -> bool:
    cyrillic = " ".join(filter(None, (details.surname, details.given_name, details.patronymic)))
    shown = (facts["latin_name"], facts["cyrillic_name"], facts["birth_date"], facts["sex"], facts["passport_number"])
    born, sex = details.birth_on.isoformat(), details.sex.value
    return shown == (latin_name(details), cyrillic, born, sex, details.passport_number)


def _state_at(states: Sequence[State], at: datetime) -> State:
    return ([states[0], *(state for state in states[1:] if state.since < at)])[-1]


def find_count(session: Session, lot_id: uuid.UUID, *, at: datetime) -> Job | None:
    """The job that counts, or counted lately, the certificates which name a lot; None when nobody asked for it."""
    found = [session.get(Job, count_id(lot_id, at=moment)) for moment in (at, at - COUNTED_FOR)]
    return next((job for job in found if job is not None), None)


def count_id(lot_id: uuid.UUID, *, at: datetime) -> uuid.UUID:
    """One count of a lot in ten minutes, whoever asks."""
    return uuid.uuid5(lot_id, f"count {int(at.timestamp() // COUNTED_FOR.total_seconds())}")
