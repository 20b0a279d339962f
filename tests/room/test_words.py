"""Words of the visit, the record and the note that say just what is so (room F6, F13, F24)."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.certificates import services
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.rules import KeysFault
from registry.certificates.sheet.note import note_words
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from tests.certificates.stories import certify, set_right
from tests.conftest import SignIn
from tests.factories import NOW, make_examination, make_pilgrim, the_campaign
from tests.room.test_note import read_pdf
from tests.room.test_routes import visit_data


@pytest.fixture
def browser(sign_in: SignIn, nurse: Staff) -> FlaskClient:
    return sign_in(nurse)


def refresh(session: Session, pilgrim: Pilgrim, issuer: Issuer | Keyless) -> None:
    services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=NOW)
    session.commit()


def examined(session: Session, **found: Any) -> Pilgrim:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, **found)
    session.commit()
    return pilgrim


@pytest.mark.parametrize("vaccines", [["MENACWY"], ["INFLUENZA"], ["MENACWY", "INFLUENZA"]], ids=len)
def test_room_f6_the_note_counts_its_vaccines(session: Session, browser: FlaskClient, vaccines: list[str]) -> None:
    """For two vaccines it spoke of "the vaccine named below"."""
    pilgrim = examined(session, contraindicated=vaccines)
    said = " ".join(read_pdf(browser.get(f"/pilgrims/{pilgrim.id}/doctors-note.pdf").data).split())
    for language in ("ky", "ru", "en"):
        one, several = (note_words()[name][language] for name in ("statement", "statement_of_several"))
        assert ((one in said), (several in said)) == (len(vaccines) == 1, len(vaccines) == 2)


@pytest.mark.parametrize(
    ("found", "button"),
    [
        ({}, "Record the visit"),
        ({"contraindicated": ["MENACWY"]}, "Record the visit"),
        ({"contraindicated": ["INFLUENZA"]}, "Record the visit"),
        ({"contraindicated": ["MENACWY", "INFLUENZA"]}, "Record without vaccinating"),
    ],
)
def test_room_f13_without_javascript_the_button_promises_no_vaccine(
    session: Session, browser: FlaskClient, found: dict[str, Any], button: str
) -> None:
    page = browser.get(f"/pilgrims/{examined(session, **found).id}/visit").text
    assert re.findall(r">\s*(Record [^<]*?)\s*</button>", page) == [button]


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        ({"menacwy-lot": "", "influenza-lot": ""}, "Choose the lot"),
        ({"menacwy-site": "", "influenza-site": ""}, "Choose where the vaccine was given."),
        ({"menacwy-not_given": "other", "influenza-not_given": "other"}, "Write in a few words why"),
    ],
)
def test_room_f24_the_same_fault_of_two_vaccines_names_each(
    session: Session, browser: FlaskClient, nurse: Staff, faults: dict[str, str], told: str
) -> None:
    pilgrim, data = examined(session), visit_data(session, nurse, **faults)
    page = unescape(browser.post(f"/pilgrims/{pilgrim.id}/visit", data=data).text)
    summary = page.split("govuk-error-summary__list")[1].split("</ul>")[0]
    links = [" ".join(link.split()) for link in re.findall(r"<a [^>]*>(.*?)</a>", summary, re.DOTALL)]
    assert [link.partition(":")[0] for link in links if told in link] == ["Meningococcal ACWY", "Seasonal influenza"]


def test_room_f24_a_question_about_a_vaccine_is_asked_once(
    session: Session, browser: FlaskClient, nurse: Staff
) -> None:
    pilgrim, same_arm = examined(session), {"influenza-site": "left_upper_arm"}
    page = unescape(browser.post(f"/pilgrims/{pilgrim.id}/visit", data=visit_data(session, nurse, **same_arm)).text)
    summary = page.split("govuk-error-summary")[1:]
    assert "Is this right?" in "".join(summary)
    assert "".join(summary).split("</ul>")[0].count("recorded in the same place") == 1


def test_room_f6_what_was_to_follow_has_followed(session: Session, issuer: Issuer, browser: FlaskClient) -> None:
    """The withdrawn paper went on promising the new one that stood beside it."""
    pilgrim, _ = certify(session, issuer)
    away = Keyless(issuer.authority, issuer.training, KeysFault())
    set_right(session, pilgrim, latin_given_name="AIGULI")
    refresh(session, pilgrim, away)
    record = f"/pilgrims/{pilgrim.id}"
    promised, kept = "follows when the signing key is back", "A new certificate was issued in its place."
    assert (promised in browser.get(record).text, kept in browser.get(record).text) == (True, False)
    refresh(session, pilgrim, issuer)
    assert (promised in browser.get(record).text, kept in browser.get(record).text) == (False, True)
