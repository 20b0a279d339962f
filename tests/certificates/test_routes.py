"""Printing and revoking: for whom, with what trace."""

from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select, text

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.certificates.sheet.wording import spell_code
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import LATER, certify, change_lot, open_second_campaign, refresh, register_in, set_right
from tests.conftest import SignIn
from tests.factories import NOW, TODAY, make_lot, make_staff


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    _pilgrim, certificate = certify(session, issuer)
    session.commit()
    return certificate


@pytest.fixture
def immunologist(session: Session) -> Staff:
    return make_staff(session, "immunologist", region="KG-N")


def address(certificate: Certificate, end: str) -> str:
    return f"/pilgrims/{certificate.pilgrim_id}/certificates/{certificate.id}{end}"


def test_a_nurse_prints_the_sheet_and_that_is_recorded(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    answer = sign_in(nurse).get(address(certificate, ".pdf"))
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f'inline; filename="certificate-{certificate.code}.pdf"'
    with pypdfium2.PdfDocument(BytesIO(answer.data)) as document:
        assert "ASANBEKOVA AIGUL" in document[0].get_textpage().get_text_bounded()
    session.rollback()
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)).one()
    assert (event.by_id, event.pilgrim_id) == (nurse.id, certificate.pilgrim_id)


def test_a_nurse_prints_the_pocket_card_and_that_is_recorded_too(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    browser = sign_in(nurse)
    assert b"/pocket.pdf" in browser.get(f"/pilgrims/{certificate.pilgrim_id}").data
    answer = browser.get(address(certificate, "/pocket.pdf"))
    assert answer.headers["Content-Disposition"] == f'inline; filename="pocket-{certificate.code}.pdf"'
    with pypdfium2.PdfDocument(BytesIO(answer.data)) as document:
        assert len(document) == 2
    session.rollback()
    assert session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)).one()


@pytest.fixture
def _broken_template(app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "sheet.json"
    broken.write_text("{")
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"sheet_template": broken})


@pytest.mark.usefixtures("_broken_template")
def test_a_broken_template_is_told_beside_the_pilgrim_and_nothing_counts_as_printed(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    answer = sign_in(nurse).get(address(certificate, ".pdf"), follow_redirects=True)
    assert "The installation has to be put right before this works." in answer.text
    assert "sheet.json" not in answer.text
    session.rollback()
    assert session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)).all() == []


def test_a_nurse_of_another_region_finds_no_such_paper(
    sign_in: SignIn, outsider: Staff, certificate: Certificate
) -> None:
    assert sign_in(outsider).get(address(certificate, ".pdf")).status_code == 404


def test_the_ministry_prints_nobodys_paper(sign_in: SignIn, ministry: Staff, certificate: Certificate) -> None:
    assert sign_in(ministry).get(address(certificate, ".pdf")).status_code == 403


def test_a_certificate_of_another_pilgrim_is_not_found(
    sign_in: SignIn, session: Session, issuer: Issuer, nurse: Staff, certificate: Certificate
) -> None:
    _other, second = certify(session, issuer)
    session.commit()
    mixed = f"/pilgrims/{second.pilgrim_id}/certificates/{certificate.id}.pdf"
    assert sign_in(nurse).get(mixed).status_code == 404


def test_an_immunologist_revokes_with_a_reason(
    sign_in: SignIn, session: Session, immunologist: Staff, certificate: Certificate
) -> None:
    browser = sign_in(immunologist)
    assert "ASANBEKOVA AIGUL" in browser.get(address(certificate, "/revoke")).text
    answer = browser.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"})
    assert answer.status_code == 302
    session.rollback()
    standing = queries.standing(session, certificate, on=TODAY)
    assert standing.state is State.REVOKED
    assert standing.revocation is not None
    assert standing.revocation.revoked_by_id == immunologist.id


def test_without_a_reason_nothing_is_revoked(
    sign_in: SignIn, session: Session, immunologist: Staff, certificate: Certificate
) -> None:
    answer = sign_in(immunologist).post(address(certificate, "/revoke"), data={"reason": "  "})
    assert "Write why the certificate is revoked." in answer.text
    session.rollback()
    assert queries.standing(session, certificate, on=TODAY).state is State.NOT_YET_VALID


def test_revoked_twice_is_said_not_crashed(sign_in: SignIn, immunologist: Staff, certificate: Certificate) -> None:
    browser = sign_in(immunologist)
    browser.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"})
    again = browser.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"})
    assert again.status_code == 200
    assert "revoked already" in again.text


def test_a_nurse_cannot_revoke(sign_in: SignIn, nurse: Staff, certificate: Certificate) -> None:
    assert sign_in(nurse).post(address(certificate, "/revoke"), data={"reason": "No"}).status_code == 403


# What a person decides afterwards (room F2, security B1).

CHECKED = "The passport was compared with the person"


def record_of(browser: FlaskClient, certificate: Certificate) -> str:
    return browser.get(f"/pilgrims/{certificate.pilgrim_id}").text


def test_f2_the_record_says_what_stands_and_a_second_immunologist_issues_again(
    sign_in: SignIn, session: Session, immunologist: Staff, certificate: Certificate
) -> None:
    second = make_staff(session, "immunologist", name="Бакыт Экинчи")
    lead = make_staff(session, "lead", point="VP-NRN")
    first, other = sign_in(immunologist), sign_in(second)
    first.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"})
    told = record_of(first, certificate)
    assert "was revoked by Медайым Окуубаева on 25.12.2025" in told
    assert "Shown by somebody else" in told
    assert "May decide about a new one: Бакыт Экинчи." in told
    assert "Issue a new certificate" not in told
    assert "Issue a new certificate" not in record_of(sign_in(lead), certificate)
    assert "Issue a new certificate" in record_of(other, certificate)
    refused = first.post(address(certificate, "/issue-again"), data={"reason": CHECKED})
    assert "Ask one of those who may: Бакыт Экинчи." in refused.text
    assert "Write why a new certificate is issued." in other.post(address(certificate, "/issue-again"), data={}).text
    page = other.get(address(certificate, "/issue-again")).text
    assert "It counts from the day printed on it." in page, "C15: the paper may count from a later day"
    assert "Shown by somebody else" in page
    assert other.post(address(certificate, "/issue-again"), data={"reason": CHECKED}).status_code == 302
    session.rollback()
    new = queries.live_certificate(session, certificate.pilgrim_id, certificate.campaign_code)
    assert new is not None
    assert (new.issued_by_id, new.reissue_reason) == (second.id, CHECKED)
    told = record_of(first, certificate)
    assert "No new one is issued by itself" not in told
    assert f"After a revocation, by Бакыт Экинчи:</bdi> <bdi>{CHECKED}" in told or CHECKED in told


def test_f2_the_record_lets_a_person_decide_about_a_paper_that_the_registry_withdrew(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff, certificate: Certificate
) -> None:
    pilgrim = session.get_one(Pilgrim, certificate.pilgrim_id)
    supersede_dose(session, list_live_doses(session, pilgrim.id)[0], None, by=new_id(), at=NOW)
    refresh(session, pilgrim, issuer)
    session.commit()
    browser = sign_in(immunologist)
    record = record_of(browser, certificate)
    assert address(certificate, "/revoke") in record
    assert address(certificate, "/lost") not in record
    page = browser.get(address(certificate, "/revoke")).text
    assert "The registry itself withdrew this certificate on 25.12.2025" in page
    assert address(certificate, "/lost") not in page
    assert browser.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"}).status_code == 302
    record = record_of(browser, certificate)
    assert "was revoked by Медайым Окуубаева on 25.12.2025" in record
    assert address(certificate, "/revoke") not in record
    again = browser.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"})
    assert "revoked already" in again.text


def test_m1_the_record_says_what_somebody_altered_and_a_lost_paper_is_not_replaced(
    sign_in: SignIn, session: Session, immunologist: Staff, certificate: Certificate
) -> None:
    session.execute(text("UPDATE pilgrim SET latin_given_name = 'AIGULGHOST'"))
    session.commit()
    browser = sign_in(immunologist)
    told = "somebody changed the database. No new certificate is signed. Tell the administrator."
    assert told in record_of(browser, certificate)
    form = {"cause": "stolen", "reason": "On the bus to Osh"}
    assert told in browser.post(address(certificate, "/lost"), data=form).text
    session.rollback()
    assert queries.live_certificate(session, certificate.pilgrim_id, certificate.campaign_code) == certificate
    (alarm,) = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CODES_DIFFER)).all()
    assert alarm.subject == certificate.id.hex


def test_f2_where_nobody_else_may_decide_the_record_says_whom_to_ask(
    sign_in: SignIn, immunologist: Staff, certificate: Certificate
) -> None:
    browser = sign_in(immunologist)
    browser.post(address(certificate, "/revoke"), data={"reason": "Shown by somebody else"})
    assert "Ask the administrator to appoint a second immunologist" in record_of(browser, certificate)


def test_f2_a_stolen_paper_is_withdrawn_and_a_new_one_issued_by_one_form(
    sign_in: SignIn, session: Session, immunologist: Staff, certificate: Certificate
) -> None:
    browser = sign_in(immunologist)
    assert "Lost or stolen" in record_of(browser, certificate)
    for missing in ({"reason": "On the bus to Osh"}, {"cause": "stolen"}):
        assert browser.post(address(certificate, "/lost"), data=missing).status_code == 200
    form = {"cause": "stolen", "reason": "On the bus to Osh", "idempotency_key": str(new_id())}
    assert browser.post(address(certificate, "/lost"), data=form).status_code == 302
    assert browser.post(address(certificate, "/lost"), data=form).status_code == 302, "the same form is the same paper"
    session.rollback()
    papers = queries.list_certificates(session, certificate.pilgrim_id)
    states = [queries.standing(session, one, on=TODAY).state for one in papers]
    assert states == [State.REVOKED, State.NOT_YET_VALID]
    assert "Stolen: On the bus to Osh" in record_of(browser, certificate)


def test_fa2_a_page_opened_before_the_paper_was_replaced_revokes_nothing_and_names_the_newer_one(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff
) -> None:
    pilgrim, old = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session))
    new = refresh(session, pilgrim, issuer)
    session.commit()
    assert new is not None
    answer = sign_in(immunologist).post(address(old, "/revoke"), data={"reason": "Shown by somebody else"})
    assert spell_code(new.code) in answer.text
    session.rollback()
    assert queries.standing(session, new, on=TODAY).state is State.NOT_YET_VALID


def test_b1_record_and_forms_lead_to_the_paper_of_another_campaign_and_to_its_new_one(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff, certificate: Certificate
) -> None:
    second, pilgrim = make_staff(session, "immunologist"), session.get_one(Pilgrim, certificate.pilgrim_id)
    umrah = open_second_campaign(session)
    register_in(session, pilgrim, umrah)
    other = refresh(session, pilgrim, issuer, campaign=umrah)
    assert other is not None
    session.commit()
    browser, lead, reason = (
        sign_in(immunologist),
        sign_in(make_staff(session, "lead", point="VP-NRN")),
        {"reason": CHECKED},
    )
    assert address(other, "/revoke") in record_of(browser, certificate)
    assert address(other, "/revoke") in browser.get(address(certificate, "/revoke")).text
    assert "still counts" not in record_of(browser, certificate)
    assert browser.post(address(certificate, "/revoke"), data=reason).status_code == 302
    told = f"Certificate {spell_code(other.code)} still counts, though certificate {spell_code(certificate.code)} with"
    assert told in record_of(browser, certificate)
    assert told in record_of(lead, certificate)
    assert address(other, "/revoke") not in record_of(lead, certificate)
    assert address(other, "/revoke") in record_of(browser, certificate)
    session.rollback()
    set_right(session, pilgrim, latin_given_name="AIGULI")
    refresh(session, pilgrim, issuer, campaign=umrah, at=LATER)
    session.commit()
    record = record_of(sign_in(second), certificate)
    assert "still counts" not in record
    assert "Another certificate with the same dose was revoked by a person" in record
    assert address(other, "/issue-again") not in record_of(browser, certificate)
    assert address(other, "/issue-again") in record
    assert (
        f"Certificate {spell_code(certificate.code)} with the same dose" in browser.get(address(other, "/revoke")).text
    )
    page = sign_in(second).get(address(other, "/issue-again")).text
    assert f"because certificate {spell_code(certificate.code)} with the same dose was revoked by a person" in page
    assert sign_in(second).post(address(other, "/issue-again"), data=reason).status_code == 302
    session.rollback()
    assert queries.live_certificate(session, pilgrim.id, certificate.campaign_code) is None
    assert "still counts" in record_of(browser, certificate), "and it may be revoked again"
