"""The log, for those who watch over it."""

import html
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate
from registry.commands import worker
from registry.db import Database
from registry.immunization_log.models import LogRecord
from registry.immunization_log.rules import NOT_PROVED
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.staff.models import Staff
from registry.verification.services import PROVE
from tests.conftest import SignIn
from tests.factories import NOW, make_dose, make_pilgrim


def test_the_log_page_names_nobody_and_the_look_is_recorded(
    sign_in: SignIn, session: Session, auditor: Staff, certificate: Certificate
) -> None:
    answer = sign_in(auditor).get("/log")
    assert answer.status_code == 200
    assert "VP-NRN" in answer.text
    assert "ASANBEKOVA" not in answer.text
    session.rollback()
    assert session.exec(select(AuditEvent).where(AuditEvent.action == Action.LOG_VIEWED)).one().by_id == auditor.id


def prove(browser: FlaskClient, database: Database) -> str:
    """Ask for a proof, let a worker do it, and read the page."""
    assert browser.post("/log/proof").status_code == 302
    assert worker.run_next(database)
    return browser.get("/log/proof").text


def test_the_proof_names_what_was_changed(
    sign_in: SignIn, session: Session, database: Database, auditor: Staff, certificate: Certificate
) -> None:
    browser = sign_in(auditor)
    proof = html.unescape(prove(browser, database))
    assert "Every entry follows the one before it" in proof
    assert all(sentence in proof for sentence in NOT_PROVED)
    record = session.exec(select(LogRecord).where(LogRecord.record_id == certificate.id)).one()
    record.content = {**record.content, "number": 9}
    session.add(record)
    session.commit()
    make_dose(session, make_pilgrim(session))
    session.commit()
    proof = prove(browser, database)
    assert "the record it commits to was changed" in proof
    assert "Rows of the register without an entry: 1" in proof


def test_m15_opening_the_proof_walks_nothing_and_one_proof_is_done_at_a_time(
    sign_in: SignIn, session: Session, database: Database, auditor: Staff, certificate: Certificate
) -> None:
    """Security M15, speed S0.1: the page held the write lock for the whole walk, 17.8 s at 6,000 pilgrims."""
    browser = sign_in(auditor)
    assert "was not proven" in browser.get("/log/proof").text
    for _ in range(2):
        browser.post("/log/proof")
    assert len(session.exec(select(Job).where(Job.kind == PROVE)).all()) == 1
    page = browser.get("/log/proof").text
    assert "The proof waits for its turn." in page
    assert "Prove every entry now" not in page
    assert worker.run_next(database)
    with clock.set_to(NOW + timedelta(minutes=15)):
        renewed = browser.get("/log/proof").text
    assert "15 minutes ago" in renewed
    assert "Every entry follows the one before it" in renewed


def test_s01_a_proof_that_goes_wrong_is_told_and_can_be_started_again(
    sign_in: SignIn, session: Session, database: Database, auditor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setitem(worker.HANDLERS, PROVE, fail)
    browser = sign_in(auditor)
    browser.post("/log/proof")
    for minute in range(jobs.MAX_ATTEMPTS):
        with clock.set_to(NOW + timedelta(minutes=minute)):
            assert worker.run_next(database)
    page = browser.get("/log/proof").text
    assert "could not be finished" in page
    assert "Prove every entry now" in page


def test_the_log_is_not_for_nurses(sign_in: SignIn, nurse: Staff) -> None:
    browser = sign_in(nurse)
    assert browser.get("/log").status_code == 403
    assert browser.get("/log/proof").status_code == 403
