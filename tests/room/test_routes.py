"""The page of one pilgrim and the visit, as a browser meets them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate
from registry.certificates.sheet.wording import spell_code
from registry.examinations.models import Outcome
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.models import Dose, DoseNotGiven, NotGivenReason
from tests.factories import TODAY, make_examination, make_flu_lot, make_lot, make_pilgrim, make_staff

SignIn = Callable[[Staff], FlaskClient]


@pytest.fixture
def pilgrim(session: Session) -> Pilgrim:
    return make_pilgrim(session)


def visit_data(session: Session, nurse: Staff, **changes: Any) -> dict[str, Any]:
    lot, flu = make_lot(session), make_flu_lot(session)
    return {
        "identity_checked": "y",
        "given_on": [str(TODAY.day), str(TODAY.month), str(TODAY.year)],
        "given_by": str(nurse.id),
        "menacwy-not_given": "",
        "menacwy-lot": str(lot.id),
        "menacwy-route": "intramuscular",
        "menacwy-site": "left_upper_arm",
        "influenza-not_given": "",
        "influenza-lot": str(flu.id),
        "influenza-route": "intramuscular",
        "influenza-site": "right_upper_arm",
        **changes,
    }


def selected(html: str, name: str) -> str:
    """The text of the option that a select offers first or has chosen."""
    select_html = re.search(rf'<select[^>]*name="{name}".*?</select>', html, re.DOTALL)
    assert select_html, f"no select {name}"
    options = re.findall(r"<option([^>]*)>(.*?)</option>", select_html[0], re.DOTALL)
    return str(next((text for attributes, text in options if "selected" in attributes), options[0][1])).strip()


def test_a_pilgrims_page_names_them_as_in_the_passport_and_is_audited(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}")
    assert page.status_code == 200
    assert "ASANBEKOVA AIGUL" in page.text
    looks = session.exec(select(AuditEvent).where(AuditEvent.action == Action.VIEWED)).all()
    assert [(look.by_id, look.pilgrim_id) for look in looks] == [(nurse.id, pilgrim.id)]


def test_a_pilgrim_of_another_region_is_not_found(sign_in: SignIn, outsider: Staff, pilgrim: Pilgrim) -> None:
    browser = sign_in(outsider)
    for path in ("", "/visit"):
        assert browser.get(f"/pilgrims/{pilgrim.id}{path}").status_code == 404


def test_a_pin_is_shown_by_its_last_four_digits(session: Session, sign_in: SignIn, nurse: Staff) -> None:
    pilgrim = make_pilgrim(session, birth_on=date(1960, 1, 1), pin="10101196000017")
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}").text
    assert "0017" in page
    assert "10101196000017" not in page


def test_who_does_not_vaccinate_cannot_open_a_visit(sign_in: SignIn, doctor: Staff, pilgrim: Pilgrim) -> None:
    assert sign_in(doctor).get(f"/pilgrims/{pilgrim.id}/visit").status_code == 403


def test_the_next_step_is_a_button_only_for_who_may_take_it(
    session: Session, sign_in: SignIn, nurse: Staff, doctor: Staff, pilgrim: Pilgrim
) -> None:
    examine, vaccinate = f"/pilgrims/{pilgrim.id}/examine", f"/pilgrims/{pilgrim.id}/visit"
    assert f'href="{examine}"' in sign_in(doctor).get(f"/pilgrims/{pilgrim.id}").text
    nurse_page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}").text
    assert f'href="{examine}"' not in nurse_page
    assert "has not been examined" in nurse_page
    make_examination(session, pilgrim)
    session.commit()
    assert re.search(rf'<a href="{vaccinate}" role="button"', sign_in(nurse).get(f"/pilgrims/{pilgrim.id}").text)


def test_the_visit_proposes_different_arms(session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim) -> None:
    make_examination(session, pilgrim)
    make_lot(session)
    make_flu_lot(session)
    session.commit()
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/visit").text
    assert (selected(page, "menacwy-site"), selected(page, "influenza-site")) == ("Left upper arm", "Right upper arm")
    assert "Record the visit" in page


def test_one_button_records_both_vaccines_and_offers_the_certificate(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim)
    data = visit_data(session, nurse)
    answer = sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=data, follow_redirects=True)
    session.rollback()
    certificate = session.exec(select(Certificate)).one()
    assert len(session.exec(select(Dose)).all()) == 2
    assert f"Certificate {spell_code(certificate.code)} is issued" in answer.text
    link = f"/pilgrims/{pilgrim.id}/certificates/{certificate.id}.pdf"
    assert answer.text.index(link) < answer.text.index("Telephone")


def test_the_same_page_sent_twice_records_one_visit(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim)
    data = visit_data(session, nurse, idempotency_key="0194c3a0-0000-7000-8000-000000000001")
    browser = sign_in(nurse)
    for _ in range(2):
        assert browser.post(f"/pilgrims/{pilgrim.id}/visit", data=data).status_code == 302
    session.rollback()
    assert len(session.exec(select(Dose)).all()) == 2


def test_a_refused_visit_saves_nothing_and_says_why_beside_the_field(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim)
    data = visit_data(session, nurse)
    del data["identity_checked"]
    page = sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=data)
    session.rollback()
    assert "Look at the passport" in page.text
    assert 'href="#identity_checked"' in page.text
    assert not session.exec(select(Dose)).all()


def test_a_lot_nobody_chose_is_asked_for(session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim) -> None:
    make_examination(session, pilgrim)
    data = visit_data(session, nurse, **{"menacwy-lot": ""})
    page = sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=data)
    assert "Choose the lot" in page.text
    assert 'href="#menacwy-lot"' in page.text


def test_without_an_examination_the_page_says_so_and_offers_no_dose(
    sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/visit").text
    assert "has not been examined" in page
    assert 'name="menacwy-lot"' not in page
    assert "Record the visit" not in page


def test_a_contraindicated_vaccine_can_only_be_recorded_as_not_given(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim, contraindicated=["INFLUENZA"])
    data = visit_data(session, nurse, **{"influenza-not_given": "contraindicated"})
    browser = sign_in(nurse)
    page = browser.get(f"/pilgrims/{pilgrim.id}/visit").text
    assert 'name="influenza-lot"' not in page
    assert selected(page, "influenza-not_given") == "Contraindicated"
    assert browser.post(f"/pilgrims/{pilgrim.id}/visit", data=data).status_code == 302
    session.rollback()
    assert [dose.antigen_code for dose in session.exec(select(Dose)).all()] == ["MENACWY"]
    assert session.exec(select(DoseNotGiven)).one().reason is NotGivenReason.CONTRAINDICATED


def test_an_unfit_pilgrims_refusal_is_recorded_without_a_dose(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim, outcome=Outcome.UNFIT)
    reasons = {"menacwy-not_given": "unfit_for_hajj", "influenza-not_given": "unfit_for_hajj"}
    data = visit_data(session, nurse, **reasons)
    assert sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=data).status_code == 302
    session.rollback()
    assert len(session.exec(select(DoseNotGiven)).all()) == 2


def test_the_second_nurse_reads_who_was_first(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    make_examination(session, pilgrim)
    data = visit_data(session, nurse)
    second = make_staff(session, point="VP-NRN", name="Экинчи Медайым")
    assert sign_in(nurse).post(f"/pilgrims/{pilgrim.id}/visit", data=data).status_code == 302
    page = sign_in(second).post(f"/pilgrims/{pilgrim.id}/visit", data=data)
    assert f"Already recorded at 25.12.2025 10:00 by {nurse.name}" in page.text


def test_paper_of_yesterday_is_entered_late_from_the_examinations_day(
    session: Session, sign_in: SignIn, nurse: Staff, pilgrim: Pilgrim
) -> None:
    yesterday = TODAY.replace(day=TODAY.day - 1)
    make_examination(session, pilgrim, on=yesterday)
    data = visit_data(session, nurse, given_on=[str(yesterday.day), "12", "2025"])
    browser = sign_in(nurse)
    assert f"on={yesterday}" in browser.get(f"/pilgrims/{pilgrim.id}/visit").text
    late = browser.get(f"/pilgrims/{pilgrim.id}/visit?on={yesterday}").text
    assert "Record the visit" in late
    assert browser.post(f"/pilgrims/{pilgrim.id}/visit", data=data).status_code == 302
