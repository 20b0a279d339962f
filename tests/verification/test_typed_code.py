"""Plan B, the typed code: right only together with the year, silent about every way to be wrong, limited."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate
from registry.verification.services import PER_ADDRESS, PER_CODE
from tests.factories import NOW

LANGUAGES = ("en", "ar", "ru", "ky")


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
