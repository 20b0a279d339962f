"""The log, for those who watch over it."""

import html

from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate
from registry.immunization_log.models import LogRecord
from registry.immunization_log.rules import NOT_PROVED
from registry.staff.models import Staff
from tests.conftest import SignIn
from tests.factories import make_dose, make_pilgrim


def test_the_log_page_names_nobody_and_the_look_is_recorded(
    sign_in: SignIn, session: Session, auditor: Staff, certificate: Certificate
) -> None:
    answer = sign_in(auditor).get("/log")
    assert answer.status_code == 200
    assert "VP-NRN" in answer.text
    assert "ASANBEKOVA" not in answer.text
    session.rollback()
    assert session.exec(select(AuditEvent).where(AuditEvent.action == Action.LOG_VIEWED)).one().by_id == auditor.id


def test_the_proof_names_what_was_changed(
    sign_in: SignIn, session: Session, auditor: Staff, certificate: Certificate
) -> None:
    browser = sign_in(auditor)
    proof = html.unescape(browser.get("/log/proof").text)
    assert "Every entry follows the one before it" in proof
    assert all(sentence in proof for sentence in NOT_PROVED)
    record = session.exec(select(LogRecord).where(LogRecord.record_id == certificate.id)).one()
    record.content = {**record.content, "number": 9}
    session.add(record)
    session.commit()
    make_dose(session, make_pilgrim(session))
    session.commit()
    proof = browser.get("/log/proof").text
    assert "the record it commits to was changed" in proof
    assert "Rows of the register without an entry: 1" in proof


def test_the_log_is_not_for_nurses(sign_in: SignIn, nurse: Staff) -> None:
    browser = sign_in(nurse)
    assert browser.get("/log").status_code == 403
    assert browser.get("/log/proof").status_code == 403
