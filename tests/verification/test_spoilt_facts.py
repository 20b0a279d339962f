"""Security M1: what a writer of the database leaves in place of a certificate's facts is VALID nowhere, and no 500."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.certificates.facts import SheetFacts
from registry.certificates.models import Certificate
from registry.staff.models import Staff
from tests.conftest import SignIn
from tests.verification.test_ghosts import SENTENCE, alarms, ask

SPOILT: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing": lambda _facts: {},
    "a list": lambda _facts: [1, 2],
    "a text": lambda _facts: "VALID",
    "no word of training": lambda facts: {name: fact for name, fact in facts.items() if name != "training"},
    "training by a number": lambda facts: facts | {"training": 0},
    "a number for a day": lambda facts: facts | {"birth_date": 1956},
    "a day that is none": lambda facts: facts | {"birth_date": "1956-02-31"},
    "an unheard-of precision": lambda facts: facts | {"birth_precision": "decade"},
    "no address": lambda facts: facts | {"verify_url": None},
    "no doses": lambda facts: facts | {"doses": []},
    "doses by name": lambda facts: facts | {"doses": {"first": facts["doses"][0]}},
    "a dose that is a text": lambda facts: facts | {"doses": ["MENACWY"]},
    "a dose without its lot": lambda facts: facts | {"doses": [dict.fromkeys(facts["doses"][0])]},
    "an authority without words": lambda facts: facts | {"authority": ["Ministry"]},
}


@pytest.fixture(params=SPOILT)
def spoilt(session: Session, certificate: Certificate, request: pytest.FixtureRequest) -> Certificate:
    """Stored with facts that cannot be read; in hand with those that it had, to ask for it as its holder does."""
    held = Certificate.model_validate(certificate.model_dump())
    certificate.facts = SPOILT[request.param](held.facts)
    session.add(certificate)
    session.commit()
    session.expunge_all()
    return held


@pytest.mark.parametrize("where", ["link", "group", "group by link"])
def test_m1_every_public_answer_is_grey_with_an_alarm(
    client: FlaskClient, session: Session, spoilt: Certificate, where: str
) -> None:
    answer = ask(client, spoilt, where)
    assert SENTENCE in answer
    (alarm,) = alarms(session)
    assert alarm.detail == {"differing": ["facts"]}


@pytest.mark.parametrize("where", ["typed", "sheet", "pocket"])
def test_m1_nobody_is_taken_for_its_holder(client: FlaskClient, spoilt: Certificate, where: str) -> None:
    answer = ask(client, spoilt, where)
    assert "Something went wrong" not in answer
    assert not {"%PDF", "app-verdict--valid"} & {mark for mark in ("%PDF", "app-verdict--valid") if mark in answer}


def test_m1_staff_print_no_such_paper(sign_in: SignIn, nurse: Staff, spoilt: Certificate) -> None:
    answer = sign_in(nurse).get(f"/pilgrims/{spoilt.pilgrim_id}/certificates/{spoilt.id}.pdf", follow_redirects=True)
    assert SENTENCE in answer.text


def test_m1_the_facts_that_the_registry_writes_are_whole(certificate: Certificate) -> None:
    assert SheetFacts.are_whole(certificate.facts)
