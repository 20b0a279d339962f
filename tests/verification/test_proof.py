"""What the proof of the log catches, and what it says that it does not prove: security B5, a row for each act there."""

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, col, select

from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate, CertificateRevocation
from registry.commands import simulate
from registry.commands.cohort import Cohort
from registry.corrections.services import correct_pilgrim
from registry.immunization_log import rules as chain
from registry.immunization_log.models import LogEntry, LogHead
from registry.immunization_log.rules import NOT_PROVED
from registry.model import new_id
from registry.pilgrims.models import Correction
from registry.pilgrims.rows import RegistrationDetails
from registry.vaccinations.models import Dose, DoseNotGiven, NotGivenReason
from registry.vaccinations.services import record_not_given
from registry.verification.queries import Proof, prove
from tests.certificates.stories import certify
from tests.commands import in_bulk
from tests.factories import NARYN, NOW, make_occasion, make_pilgrim, pilgrim_details, the_campaign

LOST = "was taken away, and no entry explains it"
CHAIN, AUDIT, OUTSIDE = NOT_PROVED
OTHER = "SELECT pilgrim_id FROM certificate WHERE pilgrim_id NOT IN (SELECT pilgrim_id FROM correction)"


@pytest.fixture
def history(session: Session, issuer: Issuer) -> None:
    """A dose refused; twice both doses and a certificate; one of them corrected and then revoked."""
    campaign = the_campaign(session)
    told: dict[str, Any] = {"by": new_id(), "at": NOW}
    details = pilgrim_details()
    pilgrim, certificate = certify(session, issuer, **details.model_dump())
    certify(session, issuer)
    refusing, occasion, refused = make_pilgrim(session), make_occasion(session), NotGivenReason.REFUSED
    record_not_given(session, refusing, occasion, antigen_code="INFLUENZA", reason=refused, id=new_id())
    corrected = details.model_copy(update={"phone": "+996555000123"})
    reason, place = "the telephone is new", RegistrationDetails("KG-N", arrival_on=date(2026, 5, 11))
    correct_pilgrim(
        session, pilgrim, corrected, place, id=new_id(), campaign=campaign, issuer=issuer, reason=reason, **told
    )
    certificates.revoke_certificate(session, certificate, reason="fraud: never vaccinated", **told)
    session.flush()


def test_b5_what_was_recorded_is_proved(session: Session, history: None) -> None:
    proof = proved(session)
    assert (proof.holds, dict(proof.compared)) == (
        True,
        {"dose": 4, "not_given": 1, "correction": 1, "certificate_issued": 2, "certificate_revoked": 1},
    )


@pytest.mark.parametrize("act", ["UPDATE log_entry SET kind = 'dose'", "DELETE FROM log_entry"])
def test_b5_the_database_itself_refuses_to_change_entries(session: Session, history: None, act: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(act))


def without(table: str) -> list[str]:
    """A row is taken away with what the log kept of it, as if it had been erased."""
    both = "DELETE FROM log_record WHERE record_id IN (SELECT id FROM this)", "DELETE FROM this"
    return [statement.replace("this", table) for statement in both]


CAUGHT = {
    "a dose's lot changed": (
        ["UPDATE dose SET lot_id = (SELECT id FROM lot WHERE id <> dose.lot_id LIMIT 1)"],
        "lot_id",
    ),
    "a revocation taken away": (without("certificate_revocation"), LOST),
    "a vaccination taken away": (
        [
            "DELETE FROM log_record WHERE pilgrim_id IN (others)",
            "DELETE FROM dose WHERE pilgrim_id IN (others)",
            "DELETE FROM certificate WHERE pilgrim_id NOT IN (SELECT pilgrim_id FROM correction)",
        ],
        LOST,
    ),
    "an entry replaced past the triggers": (["UPDATE log_entry SET kind = 'correction' WHERE sequence = 2"], "hash"),
    # What security B5 does not name.
    "a correction taken away": (without("correction"), LOST),
    "a refused dose taken away": (without("dose_not_given"), LOST),
    "only the records taken away": (["DELETE FROM log_record"], "unlogged certificate_revoked"),
    "a revocation's reason changed": (["UPDATE certificate_revocation SET reason = 'lost'"], "reason"),
    "why a dose was refused changed": (["UPDATE dose_not_given SET reason = 'absent'"], "reason"),
    "a correction's words changed": (["UPDATE correction SET reason = 'a new telephone'"], "reason"),
    "a record bent to another row": (
        ["UPDATE log_record SET record_id = (SELECT id FROM dose LIMIT 1) WHERE sequence = 3"],
        "unlogged certificate_issued",
    ),
}


@pytest.mark.parametrize("what", CAUGHT)
def test_b5_whatever_is_changed_in_one_place_alone_is_caught(session: Session, history: None, what: str) -> None:
    statements, why = CAUGHT[what]
    unguarded(session)
    for statement in statements:
        session.execute(text(statement.replace("others", OTHER)))
    proof = proved(session)
    assert not proof.holds
    assert why in told(proof)


@pytest.mark.parametrize("table", [CertificateRevocation, Correction, DoseNotGiven, Certificate, Dose])
def test_b5_a_row_slipped_in_past_the_log_is_caught(session: Session, history: None, table: type[SQLModel]) -> None:
    row = session.exec(select(table)).first()
    assert row is not None
    changes = {"id": new_id(), "certificate_id": new_id(), "visit_id": new_id(), "number": 7, "code": "X", "token": "X"}
    if table is CertificateRevocation:
        other = session.exec(select(Certificate).where(text(f"pilgrim_id IN ({OTHER})"))).one()
        changes |= {"pilgrim_id": other.pilgrim_id, "certificate_id": other.id}
    session.add(table.model_validate({**row.model_dump(), **changes}))
    assert [one.id for one in proved(session).unlogged] == [changes["id"]]


def cut_tail(session: Session) -> None:
    """The newest entry, a revocation, with its row, its record and the head."""
    session.execute(text("DELETE FROM certificate_revocation"))
    last = of_naryn(session)[-1]
    cut = {"sequence": last.sequence - 1, "hash": last.previous_hash, "stream": NARYN}
    session.execute(text("DELETE FROM log_record WHERE sequence > :sequence AND stream = :stream"), cut)
    session.execute(text("DELETE FROM log_entry WHERE sequence > :sequence AND stream = :stream"), cut)
    session.execute(text("UPDATE log_head SET size = :sequence, hash = :hash WHERE stream = :stream"), cut)


def of_naryn(session: Session) -> Sequence[LogEntry]:
    return session.exec(select(LogEntry).where(LogEntry.stream == NARYN).order_by(col(LogEntry.sequence))).all()


def rewrite_history(session: Session) -> None:
    """Every entry eleven months earlier, its hash computed anew: so would a person put into the middle be hidden."""
    previous = chain.GENESIS
    for entry in of_naryn(session):
        entry.at -= timedelta(days=330)
        entry.previous_hash = previous
        entry.hash = previous = chain.entry_hash(
            stream=entry.stream,
            sequence=entry.sequence,
            at=entry.at,
            kind=entry.kind.value,
            commitment=entry.commitment,
            previous_hash=previous,
        )
        session.add(entry)
    session.get_one(LogHead, NARYN).hash = previous


def run(statement: str) -> Callable[[Session], object]:
    return lambda session: session.execute(text(statement))


NOT_CAUGHT = {
    "a tail cut off with its rows and the head": (cut_tail, CHAIN, "cut off"),
    "history rewritten, the chain computed anew": (rewrite_history, CHAIN, "anew"),
    "a person's audit rows taken away": (run("DELETE FROM audit_event WHERE action = 'registered'"), AUDIT, "audit"),
    "every examination made fit": (run("UPDATE examination SET outcome = 'fit'"), OUTSIDE, "Examinations"),
    "telephones changed": (run("UPDATE pilgrim SET phone = NULL"), OUTSIDE, "details of pilgrims"),
    "doses put into the stock": (run("UPDATE stock SET doses_on_hand = 900"), OUTSIDE, "stock"),
}


@pytest.mark.parametrize("what", NOT_CAUGHT)
def test_b5_what_the_proof_does_not_see_it_says(session: Session, history: None, what: str) -> None:
    act, sentence, word = NOT_CAUGHT[what]
    unguarded(session)
    act(session)
    assert proved(session).holds, "now it is caught: take the sentence away"
    assert word in sentence


def unguarded(session: Session) -> None:
    """Whoever owns the database takes its triggers away first."""
    for table in ("log_entry", "audit_event"):
        for act in ("update", "delete"):
            on = f" ON {table}" if session.get_bind().dialect.name == "postgresql" else ""
            session.execute(text(f"DROP TRIGGER {table}_no_{act}{on}"))


def proved(session: Session) -> Proof:
    session.flush()
    session.expire_all()
    return prove(session)


def told(proof: Proof) -> str:
    return "; ".join([*(broken.why for broken in proof.breaks), *(f"unlogged {row.kind}" for row in proof.unlogged)])


def test_a_proof_costs_at_most_a_millisecond_and_a_half_of_processor_time_a_pilgrim(
    session: Session, issuer: Issuer
) -> None:
    """Speed 0.1: it took 1.5 to 3. Three entries a pilgrim."""
    people, campaign = 200, the_campaign(session)
    points = simulate.prepare_points(session, campaign, doses=people)
    in_bulk.record(session, campaign, issuer, list(Cohort(people, seed=1).stories(campaign, points)))
    began = time.process_time()
    proof = proved(session)
    assert proof.holds
    assert (time.process_time() - began) / people < 0.0015
