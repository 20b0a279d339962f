"""What a telephone sees: one light page, in four languages, that keeps nothing and gives nothing away."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.immunization_log.models import LogRecord
from registry.model import new_id
from registry.pilgrims.models import BirthPrecision
from registry.staff.models import Staff
from registry.verification.services import PER_ADDRESS, PER_CODE
from tests.certificates.stories import certify, refresh
from tests.conftest import SignIn
from tests.factories import NOW, make_dose, make_pilgrim

ARRIVAL = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
LANGUAGES = ("en", "ar", "ru", "ky")


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    """Of a pilgrim born on 12 March 1955, passport PE7654321."""
    _pilgrim, certificate = certify(session, issuer, birth_on=date(1955, 3, 12), passport_number="PE7654321")
    session.commit()
    return certificate


def open_link(client: FlaskClient, certificate: Certificate, suffix: str = "/en", *, at: datetime = ARRIVAL) -> str:
    with clock.set_to(at):
        answer = client.get(f"/v/{certificate.token}{suffix}")
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_what_an_officer_compares(client: FlaskClient, certificate: Certificate) -> None:
    page = open_link(client, certificate)
    for shown in (
        "ASANBEKOVA AIGUL",
        "12 MAR 1955",
        "•••• 4321",
        "Meningococcal disease",
        "Influenza",
        "MenQuadfi",
        "Conjugate",
        "25 DEC 2025",
        "25 DEC 2030",
        "04 JAN 2026",
        "25 DEC 2026",
        "-".join((certificate.code[:4], certificate.code[4:8], certificate.code[8:])),
        "11 MAY 2026, 12:00 UTC+0600",
        "Ministry of Health of the Kyrgyz Republic",
    ):
        assert shown in page, shown
    assert "PE7654321" not in page
    assert "Асанбекова" not in page


def test_a_training_certificate_says_so_twice_beside_its_verdict(client: FlaskClient, certificate: Certificate) -> None:
    page = open_link(client, certificate)
    assert "TRAINING INSTALLATION" in page
    assert "It says nothing about a real person." in page
    assert "app-verdict--valid" in page


def make_real(session: Session, certificate: Certificate) -> None:
    certificate.facts = {**certificate.facts, "training": False}
    session.add(certificate)
    session.commit()


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (ARRIVAL, ("app-verdict--valid", "Entry is allowed today.")),
        (datetime(2026, 1, 3, 6, tzinfo=UTC), ("app-verdict--check", "valid from 04 JAN 2026")),
        (datetime(2026, 12, 26, 6, tzinfo=UTC), ("app-verdict--not-valid", "valid until 25 DEC 2026")),
    ],
    ids=["in force", "not yet", "ended"],
)
def test_the_band_follows_the_day(
    client: FlaskClient, session: Session, certificate: Certificate, at: datetime, told: tuple[str, str]
) -> None:
    make_real(session, certificate)
    page = open_link(client, certificate, at=at)
    assert all(words in page for words in told)


def test_a_revoked_certificate_is_red(client: FlaskClient, session: Session, certificate: Certificate) -> None:
    certificates.revoke_certificate(session, certificate, reason="Shown by another", by=new_id(), at=NOW)
    session.commit()
    page = open_link(client, certificate)
    assert "app-verdict--not-valid" in page
    assert "withdrawn on 25 DEC 2025" in page
    assert "Shown by another" not in page


def test_a_replaced_certificate_asks_for_the_new_paper(client: FlaskClient, session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    pilgrim.latin_given_name = "AIGULI"
    new = refresh(session, pilgrim, issuer, at=NOW + timedelta(days=2))
    session.commit()
    assert new is not None
    page = open_link(client, old)
    assert "app-verdict--check" in page
    assert "replaced by a newer certificate of 27 DEC 2025" in page
    assert new.token not in page


def test_only_the_known_part_of_a_birth_date_is_shown(client: FlaskClient, session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer, birth_on=date(1955, 1, 1), birth_precision=BirthPrecision.YEAR)
    session.commit()
    page = open_link(client, certificate)
    assert "1955" in page
    assert "01 JAN 1955" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_stands_in_all_four_languages_whichever_is_read(
    client: FlaskClient, certificate: Certificate, language: str
) -> None:
    page = open_link(client, certificate, f"/{language}")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    for word in ("VALID", "صالحة", "ДЕЙСТВИТЕЛЕН", "ЖАРАКТУУ"):
        assert word in page
    assert "ASANBEKOVA AIGUL" in page
    assert ("app.rtl" in page) is (language == "ar")


@pytest.mark.parametrize(
    ("accepted", "language"), [("ar-SA,ar;q=0.9", "ar"), ("ru", "ru"), ("ky-KG,ky", "ky"), ("fr", "en"), ("", "en")]
)
def test_without_a_language_in_the_address_the_browser_is_asked(
    client: FlaskClient, certificate: Certificate, accepted: str, language: str
) -> None:
    page = client.get(f"/v/{certificate.token}", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}"' in page


def test_the_page_is_light_and_keeps_nothing(client: FlaskClient, certificate: Certificate) -> None:
    for suffix in ("", *(f"/{language}" for language in LANGUAGES)):
        answer = client.get(f"/v/{certificate.token}{suffix}")
        assert len(answer.data) < 20_000
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in answer.text
        assert "<form" not in answer.text
        assert "HC1:" not in answer.text


def test_a_look_costs_one_read_and_no_write(
    app: Flask, client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    statements: list[str] = []
    engine = session.get_bind().engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        open_link(client, certificate)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    asked = [statement for statement in statements if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]
    assert [statement.split()[0] for statement in asked] == ["SELECT"]


@pytest.mark.parametrize("suffix", ["", "/ar"])
def test_an_unknown_link_is_grey_and_not_found(client: FlaskClient, suffix: str) -> None:
    answer = client.get(f"/v/AAAAAAAAAAAAAAAAAAAAAA{suffix}")
    assert answer.status_code == 404
    assert "app-verdict--unknown" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_neither_code_nor_id_opens_the_link(client: FlaskClient, certificate: Certificate) -> None:
    for guess in (certificate.code, certificate.id.hex, str(certificate.id)):
        assert client.get(f"/v/{guess}").status_code == 404


# The typed check.


def type_code(client: FlaskClient, code: str, year: str) -> tuple[int, str, str | None]:
    answer = client.post("/check/en", data={"code": code, "birth_year": year})
    return answer.status_code, answer.text, answer.headers.get("Location")


def failures(session: Session) -> int:
    return len(session.exec(select(AuditEvent).where(AuditEvent.action == Action.CHECK_FAILED)).all())


@pytest.mark.parametrize("year", ["1955", " 1955 ", "١٩٥٥"])
def test_code_and_birth_year_open_the_same_page_as_the_link(
    client: FlaskClient, certificate: Certificate, year: str
) -> None:
    code = f"{certificate.code[:4]}-{certificate.code[4:8]} {certificate.code[8:].lower()}"
    status, _page, location = type_code(client, code, year)
    assert (status, location) == (303, f"/v/{certificate.token}/en")


def test_unknown_mistyped_and_wrong_year_cannot_be_told_apart(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    mistyped = certificate.code[:-1] + ("2" if certificate.code[-1] != "2" else "3")
    tries = [(certificate.code, "1956"), (mistyped, "1955"), ("222222222222", "1955"), ("NO-CODE", "1955")]
    answers = []
    for code, year in tries:
        status, page, _location = type_code(client, code, year)
        # What was typed and the form's own keys, which hold the second they were made, are all that may differ.
        answers.append((status, re.sub(r'value="[^"]*"', "", page)))
    assert {status for status, _page in answers} == {404}
    assert len({page for _status, page in answers}) == 1
    assert "No certificate has this code together with this year of birth" in answers[0][1]
    assert "ASANBEKOVA" not in answers[0][1]
    session.rollback()
    assert failures(session) == len(tries)


def test_what_was_typed_is_not_kept(client: FlaskClient, session: Session) -> None:
    type_code(client, "PE7654321", "1955")
    kept = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CHECK_FAILED)).one()
    assert "PE7654321" not in kept.model_dump_json()


def test_after_ten_failures_a_minute_one_must_wait(client: FlaskClient, certificate: Certificate) -> None:
    for number in range(PER_ADDRESS):
        assert type_code(client, f"CODE{number}", "1955")[0] == 404
    status, page, _location = type_code(client, certificate.code, "1955")
    assert status == 429
    assert "Wait a minute" in page
    with clock.set_to(NOW + timedelta(seconds=61)):
        assert type_code(client, certificate.code, "1955")[0] == 303


def test_a_code_tried_a_hundred_times_a_day_is_closed_even_to_the_right_year(
    app: Flask, client: FlaskClient, certificate: Certificate
) -> None:
    for number in range(PER_CODE):
        with clock.set_to(NOW + timedelta(minutes=number)):
            type_code(client, certificate.code, str(1800 + number))
    with clock.set_to(NOW + timedelta(minutes=PER_CODE + 2)):
        status, page, _location = type_code(client, certificate.code, "1955")
    assert status == 429
    assert "tried too often" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_opens_in_each_language(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/check/{language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert len(answer.data) < 20_000


# The log.


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
    assert "The log holds" in browser.get("/log/proof").text
    record = session.exec(select(LogRecord).where(LogRecord.record_id == certificate.id)).one()
    record.content = {**record.content, "number": 9}
    session.add(record)
    session.commit()
    make_dose(session, make_pilgrim(session))
    session.commit()
    proof = browser.get("/log/proof").text
    assert "the record it commits to was changed" in proof
    assert "Doses or certificates without an entry: 1" in proof


def test_the_log_is_not_for_nurses(sign_in: SignIn, nurse: Staff) -> None:
    browser = sign_in(nurse)
    assert browser.get("/log").status_code == 403
    assert browser.get("/log/proof").status_code == 403
