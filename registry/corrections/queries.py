"""Reads of corrections, and of what was recorded before them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from registry.certificates import queries as certificates
from registry.certificates.models import Cause
from registry.certificates.rules import latin_name
from registry.certificates.withheld import list_deciders
from registry.corrections import rules
from registry.corrections.dose_rules import changed_since
from registry.errors import Refusal
from registry.jobs.models import Job
from registry.pilgrims.histories import State, details_since, list_states, state_at
from registry.pilgrims.models import Correction, Pilgrim, PilgrimDetails
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose
from registry.vaccinations.rules import DoseChangedMeanwhile

COUNT = "count_lot"
"""The job that counts the certificates which name a lot."""
FOLLOW = "follow_lot"
"""The job that carries a corrected lot to its doses and to the certificates that name it."""
COUNTED_FOR = timedelta(minutes=10)


def list_corrections(session: Session, pilgrim_id: uuid.UUID) -> Sequence[Correction]:
    """A pilgrim's corrections, the oldest first."""
    query = select(Correction).where(Correction.pilgrim_id == pilgrim_id)
    return session.exec(query.order_by(col(Correction.corrected_at), col(Correction.id))).all()


def find_newer(session: Session, dose: Dose) -> DoseChangedMeanwhile | None:
    """What became of a dose since the version that a page shows; None while that is the one that counts."""
    later = {one.supersedes_id: one for one in vaccinations.list_dose_versions(session, dose.pilgrim_id)}
    versions = [dose]
    while versions[-1].id in later:
        versions.append(later[versions[-1].id])
    person = session.get(Staff, versions[-1].recorded_by_id)
    return changed_since(versions, by=person.name if person else "–")


def list_vaccinated_person(session: Session, pilgrim: Pilgrim) -> list[PilgrimDetails]:
    """The details with which a correction is compared: at the first dose, and on the first certificate; none before.

    What was unknown then stands in them as it was first stated later.
    """
    return [since[0] for since in _list_since_vaccinated(session, pilgrim)]


def list_identity_faults(session: Session, pilgrim: Pilgrim, wanted: PilgrimDetails) -> Sequence[Refusal]:
    """What speaks against calling `wanted` the person who was vaccinated, each once."""
    faults = [
        fault
        for first, *later in _list_since_vaccinated(session, pilgrim)
        for fault in rules.identity_faults(first, pilgrim, wanted, since=later)
    ]
    return [*{fault.code: fault for fault in faults}.values()]


def list_number_faults(session: Session, pilgrim: Pilgrim, *, by: uuid.UUID, on: date) -> Iterator[Refusal]:
    """What keeps the passport number and the PIN in a record: a person's revocation that stands.

    It stands with the last paper of a campaign, of any. Whoever may have a new paper issued may set a number right too.
    """
    for history in certificates.list_histories(session, pilgrim.id).values():
        _last, revocation = history[-1]
        if revocation is None or revocation.cause is not Cause.DECISION:
            continue
        people = list_deciders(session, pilgrim.id, revocation, on=on)
        if by not in {one.id for one in people}:
            names = ", ".join(one.name for one in people)
            yield rules.NumbersStay(names=names) if people else rules.NobodyFreesNumbers()
            return


def list_mistake_faults(session: Session, pilgrim: Pilgrim, *, by: uuid.UUID, on: date) -> Iterator[Refusal]:
    """What speaks against saying that a record was registered by mistake."""
    versions = vaccinations.list_dose_versions(session, pilgrim.id)
    if not versions:
        yield rules.NothingToUndo()
    papers = certificates.list_certificates(session, pilgrim.id)
    in_force = [certificates.live_certificate(session, pilgrim.id, code) for code in {p.campaign_code for p in papers}]
    if vaccinations.list_live_doses(session, pilgrim.id) or any(in_force):
        yield rules.DosesStandHere()
    yield from list_number_faults(session, pilgrim, by=by, on=on)


def _list_since_vaccinated(session: Session, pilgrim: Pilgrim) -> list[list[PilgrimDetails]]:
    """The details since the first dose, and those since the first certificate, the oldest first.

    Doses and certificates count that were withdrawn meanwhile: who was vaccinated once is not undone by a form.
    """
    states = list_states(session, pilgrim)
    versions = vaccinations.list_dose_versions(session, pilgrim.id)
    at_first = min((dose.recorded_at for dose in versions), default=None)
    papers = certificates.list_certificates(session, pilgrim.id)[:1]
    begun = [
        *([] if at_first is None else [state_at(states, at_first)]),
        *(_state_of(paper.facts, states, issued_at=paper.issued_at) for paper in papers),
    ]
    return [details_since(states, state) for state in begun]


def _state_of(facts: Any, states: Sequence[State], *, issued_at: datetime) -> State:
    """The details that a certificate shows, with those that it does not."""
    shown = [state for state in states if _shows(facts, state.details)]
    before = [state for state in shown if state.since <= issued_at]
    return (before[-1:] or shown[:1] or [state_at(states, issued_at)])[0]


def _shows(facts: Any, details: PilgrimDetails) -> bool:
    """Facts that cannot be read show nobody: a writer of the database may leave anything there."""
    if not isinstance(facts, Mapping):
        return False
    cyrillic = " ".join(filter(None, (details.surname, details.given_name, details.patronymic)))
    shown = tuple(map(facts.get, ("latin_name", "cyrillic_name", "birth_date", "sex", "passport_number")))
    born, sex = details.birth_on.isoformat(), details.sex.value
    return shown == (latin_name(details), cyrillic, born, sex, details.passport_number)


def find_count(session: Session, lot_id: uuid.UUID, *, at: datetime) -> Job | None:
    """The job that counts, or counted lately, the certificates which name a lot; None when nobody asked for it."""
    found = [session.get(Job, count_id(lot_id, at=moment)) for moment in (at, at - COUNTED_FOR)]
    return next((job for job in found if job is not None), None)


def count_id(lot_id: uuid.UUID, *, at: datetime) -> uuid.UUID:
    """One count of a lot in ten minutes, whoever asks."""
    return uuid.uuid5(lot_id, f"count {int(at.timestamp() // COUNTED_FOR.total_seconds())}")


def find_following(session: Session, lot_id: uuid.UUID) -> Job | None:
    """How far the last correction of a lot was carried to its doses; None where it was not corrected for a month."""
    query = select(Job).where(Job.kind == FOLLOW, col(Job.payload)["lot_id"].as_string() == str(lot_id))
    return session.exec(query.order_by(col(Job.created_at).desc(), col(Job.id).desc()).limit(1)).first()


def missed_somebody(following: Job) -> bool:
    """Whether it ended without every certificate that names the lot."""
    return following.failed_at is not None or bool(following.result.get("missed"))


def list_unreached(session: Session) -> list[tuple[uuid.UUID, datetime]]:
    """[(lot, when), ...] whose last correction ended without every certificate that names it."""
    query = select(Job).where(Job.kind == FOLLOW).order_by(col(Job.created_at), col(Job.id))
    last = {uuid.UUID(job.payload["lot_id"]): job for job in session.exec(query)}
    return [(lot_id, job.created_at) for lot_id, job in last.items() if missed_somebody(job)]
