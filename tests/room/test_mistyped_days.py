"""A day that was typed by mistake: nothing is chosen in anybody's place, and the page speaks of the day."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.examinations.models import Outcome
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Assignment, Staff
from registry.vaccinations.models import Dose, DoseNotGiven
from tests.conftest import SignIn
from tests.factories import BISHKEK, NARYN, TODAY, make_examination, make_pilgrim, make_staff
from tests.room.test_routes import selected, visit_data

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
NOBODY = "Choose who gave it"


def boxes(on: date) -> list[str]:
    return [str(on.day), str(on.month), str(on.year)]


def sent_value(page: str, name: str) -> str:
    """What a browser would send of a list on this page."""
    (options,) = re.findall(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    chosen = re.findall(r'<option value="([^"]*)"[^>]*\bselected\b', options)
    first = re.findall(r'<option value="([^"]*)"', options)[:1]
    return str(unescape((chosen or first)[0]))


class Room:
    """Naryn: the nurse works here from today, Ainura did so yesterday too; the pilgrim was examined on both days."""

    def __init__(self, session: Session, sign_in: SignIn, nurse: Staff) -> None:
        self.session, self.nurse = session, nurse
        self.ainura = make_staff(session, "vaccinator", point=NARYN, name="Айнура Абдиева")
        self.bermet = make_staff(session, "vaccinator", point=NARYN, name="Бермет Усенова")
        self.begin(nurse, TODAY)
        self.begin(self.bermet, TODAY)
        self.pilgrim = make_pilgrim(session)
        for on in (YESTERDAY, TODAY):
            make_examination(session, self.pilgrim, on=on)
        self.data = visit_data(session, nurse)
        session.commit()
        self.visit = f"/pilgrims/{self.pilgrim.id}/visit"
        self.browser = sign_in(nurse)

    def begin(self, staff: Staff, on: date) -> None:
        for one in self.session.exec(select(Assignment).where(Assignment.staff_id == staff.id)):
            one.from_on = on
        self.session.flush()

    def send(self, *, without: str = "", **changes: Any) -> str:
        data = {name: value for name, value in {**self.data, **changes}.items() if name != without}
        self.session.rollback()  # what was only read here must not hold what the page commits
        answer = self.browser.post(self.visit, data=data)
        self.session.rollback()
        return "" if answer.status_code == 302 else answer.text

    def given_by(self) -> set[str]:
        return {str(dose.given_by_id) for dose in self.session.exec(select(Dose))}


@pytest.fixture
def room(session: Session, sign_in: SignIn, nurse: Staff) -> Room:
    return Room(session, sign_in, nurse)


@pytest.mark.parametrize("chosen", ["oneself", "another", "nobody of the list", "no field at all"])
def test_f5_nobody_is_chosen_in_the_place_of_who_was_sent(room: Room, chosen: str) -> None:
    """The list held only Ainura, the browser showed her, and she was recorded as who gave both vaccines."""
    mine = str(room.nurse.id)
    who = {"oneself": mine, "another": str(room.bermet.id), "nobody of the list": "7"}.get(chosen, mine)
    page = room.send(given_on=boxes(YESTERDAY), given_by=who, without="given_by" if chosen == "no field at all" else "")
    assert room.ainura.name in page
    assert selected(page, "given_by") == NOBODY
    # The day set right, the same page is sent again as it stands.
    again = room.send(given_by=sent_value(page, "given_by"))
    assert NOBODY in again
    assert room.given_by() == set()
    usual = chosen in {"oneself", "no field at all"}
    assert selected(again, "given_by") == (room.nurse.name if usual else NOBODY)
    assert room.send(given_by=str(room.bermet.id)) == ""
    assert room.given_by() == {str(room.bermet.id)}


def test_f5_oneself_is_usual_on_a_page_that_opens_and_only_where_one_may(room: Room) -> None:
    assert selected(room.browser.get(room.visit).text, "given_by") == room.nurse.name
    assert selected(room.browser.get(f"{room.visit}?on={YESTERDAY}").text, "given_by") == NOBODY
    assert room.send(without="given_by").count("govuk-error-message") == 1, "what was not sent is not filled in"


@pytest.mark.parametrize("field", ["menacwy-site", "menacwy-route", "menacwy-not_given"])
def test_f5_what_was_not_sent_is_asked_for(room: Room, field: str) -> None:
    assert f'href="#{field}"' in room.send(without=field)
    assert room.given_by() == set()


def test_f5_a_page_of_a_point_that_was_left_records_at_no_other(room: Room, session: Session) -> None:
    """A scope that changed meanwhile: the visit went to the first point of the new one."""
    out_of_stock = {"menacwy-not_given": "out_of_stock", "influenza-not_given": "out_of_stock"}
    assert "You may no longer vaccinate at the point" in room.send(point=BISHKEK, **out_of_stock)
    assert not session.exec(select(DoseNotGiven)).all()
    assert room.send(point=NARYN, **out_of_stock) == ""


UNFIT: dict[str, Any] = {"outcome": Outcome.UNFIT}
MISTYPED: list[Any] = [
    pytest.param([(TODAY, {})], YESTERDAY, "No examination of 24.12.2025 or of an earlier day", id="yesterday"),
    pytest.param([(TODAY, {})], date(1925, 12, 25), "the last one is of 25.12.2025", id="another century"),
    pytest.param([(TODAY, {})], TOMORROW, "The day of the dose is in the future", id="tomorrow"),
    pytest.param([(TODAY, {})], date(2052, 12, 25), "The day of the dose is in the future", id="figures swapped"),
    pytest.param(
        [(TODAY - timedelta(days=9), {}), (TODAY, {})],
        YESTERDAY,
        "On 24.12.2025 only the examination of 16.12.2025 was there",
        id="an old one",
    ),
    pytest.param(
        [(YESTERDAY, UNFIT), (TODAY, {})], YESTERDAY, "only the examination of 24.12.2025 was there", id="unfit then"
    ),
]


@pytest.mark.parametrize(("examined", "typed", "told"), MISTYPED)
def test_f14_a_mistyped_day_is_said_to_be_the_day(
    *,
    session: Session,
    sign_in: SignIn,
    nurse: Staff,
    examined: list[tuple[date, dict[str, Any]]],
    typed: date,
    told: str,
) -> None:
    """Of a pilgrim examined today it said "has not been examined", and the findings were gone."""
    pilgrim = make_pilgrim(session)
    for on, found in examined:
        make_examination(session, pilgrim, on=on, note="Allergic to latex.", **found)
    data = visit_data(session, nurse)
    session.commit()
    browser = sign_in(nurse)
    page = send(browser, pilgrim, {**data, "given_on": boxes(typed)})
    assert told in page
    assert 'href="#given_on-day"' in page or 'href="#given_on"' in page
    assert "Allergic to latex." in page
    assert [words for words in ("has not been examined", "to the doctor") if words in page] == []
    assert selected(page, "given_by") == nurse.name
    assert selected(page, "menacwy-lot") == "Look at the vial, then choose"
    assert re.search(r'name="identity_checked"[^>]*\bchecked\b', page) is None
    session.rollback()
    assert not session.exec(select(Dose)).all()
    assert send(browser, pilgrim, data) == ""


def send(browser: FlaskClient, pilgrim: Pilgrim, data: dict[str, Any]) -> str:
    answer = browser.post(f"/pilgrims/{pilgrim.id}/visit", data=data)
    return "" if answer.status_code == 302 else answer.text


@pytest.mark.parametrize("asked", [YESTERDAY, TOMORROW])
def test_f14_a_link_to_a_day_that_cannot_be_meant_opens_today(
    session: Session, sign_in: SignIn, nurse: Staff, asked: date
) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim)
    session.commit()
    page = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/visit?on={asked}").text
    assert re.search(r'name="given_on"[^>]*value="25"', page)
    assert "Examined on 25.12.2025" in page


def test_f14_who_was_never_examined_goes_to_the_doctor(session: Session, sign_in: SignIn, nurse: Staff) -> None:
    pilgrim = make_pilgrim(session)
    data = visit_data(session, nurse, given_on=boxes(YESTERDAY))
    session.commit()
    assert "has not been examined" in send(sign_in(nurse), pilgrim, data)
