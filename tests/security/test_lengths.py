"""A page says once what is too long, gives it back and records nothing: security B3."""

import re

import pytest
from sqlmodel import Session, select

from registry.pilgrims.models import Pilgrim
from registry.vaccinations.models import NotGivenReason
from tests.conftest import SignIn
from tests.factories import make_pilgrim, make_staff
from tests.security.world import World, pilgrim_form, visit_form


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("latin_surname", "This name is longer than 60 letters"),
        ("latin_given_name", "This name is longer than 60 letters"),
        ("surname", "This name is longer than 60 letters"),
        ("given_name", "This name is longer than 60 letters"),
        ("patronymic", "This name is longer than 60 letters"),
        ("nationality", "Write the nationality as the three letters"),
        ("pin", "A PIN has 14 digits"),
        ("passport_number", "This is not a passport number"),
        ("phone", "Use at most 60 characters"),
        ("group_name", "Use at most 80 characters"),
    ],
)
def test_b3_a_person_is_registered_and_corrected_with_one_sentence_for_what_is_too_long(
    session: Session, sign_in: SignIn, field: str, sentence: str
) -> None:
    pilgrim = make_pilgrim(session)
    sent = {**pilgrim_form(pilgrim, passport_number="PE0077001", pin="", group_name=""), field: "ж" * 400}
    pages = [
        sign_in(make_staff(session, "registrar", point="VP-NRN")).post("/pilgrims/new", data=sent),
        sign_in(make_staff(session, "lead", point="VP-NRN")).post(
            f"/pilgrims/{pilgrim.id}/correct", data={**sent, "reason": "A test"}
        ),
    ]
    for page in pages:
        assert page.status_code == 200
        assert len(re.findall(r'class="govuk-error-message"', page.text)) == 1, field
        assert sentence in page.text
        assert "ж" * 400 in page.text
    session.rollback()
    assert len(session.exec(select(Pilgrim)).all()) == 1


def test_b3_a_reason_is_not_cut_before_it_is_kept(sign_in: SignIn, world: World) -> None:
    """What is longer than the record takes was recorded without its end."""
    reason = {"menacwy-not_given": NotGivenReason.REFUSED.value, "menacwy-note": "ж" * 501}
    nurse = world.staff["vaccinator"]
    page = sign_in(nurse).post(
        f"/pilgrims/{world.naryn.waiting.id}/visit", data=visit_form(world.naryn, nurse, **reason)
    )
    assert page.status_code == 200
    assert "Use at most 500 characters" in page.text
    assert "ж" * 501 in page.text
