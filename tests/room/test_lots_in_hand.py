"""The lot is chosen by a person, once a day, and never again by the page alone."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations import queries
from registry.vaccinations.models import Dose
from registry.vaccinations.services import supersede_dose
from registry.vaccines import services as vaccines
from registry.vaccines.models import HoldKind, Lot
from tests.certificates.stories import details_of
from tests.conftest import SignIn
from tests.factories import (
    BISHKEK,
    NARYN,
    NOW,
    TODAY,
    make_examination,
    make_flu_lot,
    make_lot,
    make_pilgrim,
    make_staff,
)

CHOSEN = re.compile(r'name="(\w+)-lot".*?</select>', re.DOTALL)
SELECTED = re.compile(r'<option value="([^"]*)"[^>]*\bselected\b')


class Room:
    """Naryn with two lots of one vaccine and one of the other, and a queue of examined pilgrims."""

    def __init__(self, session: Session, sign_in: SignIn, nurse: Staff) -> None:
        self.session, self.nurse, self.browser = session, nurse, sign_in(nurse)
        self.later = make_lot(session, number="LATER1")
        self.sooner = make_lot(session, number="SOONER1", expires_on=TODAY + timedelta(days=1))
        self.flu = make_flu_lot(session)
        session.commit()

    def pilgrim(self, *, examined_on: date = TODAY) -> Pilgrim:
        pilgrim = make_pilgrim(self.session)
        make_examination(self.session, pilgrim, on=examined_on)
        self.session.commit()
        return pilgrim

    def vaccinate(
        self,
        menacwy: Lot | None = None,
        *,
        browser: FlaskClient | None = None,
        examined_on: date = TODAY,
        of: Pilgrim | None = None,
        **changed: Any,
    ) -> str:
        """The page after one visit: an empty string where it was recorded."""
        pilgrim = of or self.pilgrim(examined_on=examined_on)
        data = {
            "identity_checked": "y",
            "given_on": [str(part) for part in (TODAY.day, TODAY.month, TODAY.year)],
            "given_by": str(self.nurse.id),
            "menacwy-lot": str((menacwy or self.later).id),
            "menacwy-route": "intramuscular",
            "menacwy-site": "left_upper_arm",
            "menacwy-not_given": "",
            "influenza-lot": str(self.flu.id),
            "influenza-route": "intramuscular",
            "influenza-site": "right_upper_arm",
            "influenza-not_given": "",
            **changed,
        }
        answer = (browser or self.browser).post(f"/pilgrims/{pilgrim.id}/visit", data=data)
        self.session.rollback()
        return "" if answer.status_code == 302 else answer.text

    def chosen(self, *, browser: FlaskClient | None = None, on: date = TODAY) -> dict[str, str]:
        """Which lot the next pilgrim's page has chosen for each vaccine."""
        query = "" if on == TODAY else f"?on={on.isoformat()}"
        return chosen_in(
            (browser or self.browser).get(f"/pilgrims/{self.pilgrim(examined_on=on).id}/visit{query}").text
        )


def chosen_in(page: str) -> dict[str, str]:
    return {found[1]: (SELECTED.findall(found[0]) or [""])[0] for found in CHOSEN.finditer(page)}


@pytest.fixture
def room(session: Session, sign_in: SignIn, nurse: Staff) -> Room:
    return Room(session, sign_in, nurse)


NONE = {"menacwy": "", "influenza": ""}


def test_no_lot_is_chosen_before_a_person_chose_one(room: Room) -> None:
    """Room F8: 0 acts recorded a wrong lot, the first to expire was preselected."""
    assert room.chosen() == NONE


def test_the_lot_in_use_is_kept_for_the_next_pilgrims_of_the_day(room: Room) -> None:
    """Room F8: the open one was chosen anew 84 times a day."""
    assert room.vaccinate(room.later) == ""
    assert room.chosen() == {"menacwy": str(room.later.id), "influenza": str(room.flu.id)}
    with clock.set_to(NOW + timedelta(minutes=1)):
        assert room.vaccinate(room.sooner) == ""
    assert room.chosen()["menacwy"] == str(room.sooner.id)


def test_the_lot_is_chosen_anew_each_day_by_each_person_and_at_each_point(
    room: Room, session: Session, sign_in: SignIn
) -> None:
    """Room F8, neighbours."""
    assert room.vaccinate(room.later) == ""
    colleague = make_staff(session, "vaccinator", point=NARYN)
    session.commit()
    assert room.chosen(browser=sign_in(colleague)) == NONE
    assert room.chosen(on=TODAY - timedelta(days=1)) == NONE, "another day's lots stand on its paper"
    nurse = room.nurse.id
    this_day, next_day = (clock.first_instant(day, "Asia/Bishkek") for day in (TODAY, TODAY + timedelta(days=1)))
    assert (this_day.hour, next_day - this_day) == (18, timedelta(days=1))

    def used(point: str, on: date, since: datetime) -> dict[str, Any]:
        return queries.find_lots_in_hand(session, point_code=point, by=nurse, on=on, since=since)

    assert used(NARYN, TODAY, this_day) == {"MENACWY": room.later.id, "INFLUENZA": room.flu.id}
    assert not used(NARYN, TODAY, next_day)
    assert not used(NARYN, TODAY + timedelta(days=1), this_day)
    assert not used(BISHKEK, TODAY, this_day)


def test_f8_a_late_entry_leaves_the_lots_of_today(room: Room) -> None:
    """Room F8: the next pilgrim of today had yesterday's lots, as "Your lot of today"."""
    yesterday = TODAY - timedelta(days=1)
    late: dict[str, Any] = {"given_on": [str(part) for part in (yesterday.day, yesterday.month, yesterday.year)]}
    assert room.vaccinate(room.sooner, examined_on=yesterday, **late) == ""
    assert room.chosen() == NONE
    assert room.vaccinate(room.later) == ""
    assert room.vaccinate(room.sooner, examined_on=yesterday, **late) == ""
    assert room.chosen()["menacwy"] == str(room.later.id)


@pytest.mark.parametrize("what", ["site", "lot", "withdrawn"])
def test_f8_a_corrected_dose_is_nobodys_vial(room: Room, session: Session, sign_in: SignIn, what: str) -> None:
    """Room F8: a lead's correction moves the stock as a dose does; the lot that was wrong is not kept either."""
    lead = make_staff(session, "lead", point=NARYN)
    session.commit()
    assert room.vaccinate(room.later) == ""
    dose = session.exec(select(Dose).where(Dose.lot_id == room.later.id)).one()
    changes: dict[str, dict[str, Any]] = {"lot": {"lot_id": room.sooner.id}, "site": {"site": "left_thigh"}}
    details = changes.get(what)
    with clock.set_to(NOW + timedelta(minutes=1)):
        supersede_dose(session, dose, details_of(dose, **details) if details else None, by=lead.id, at=clock.now())
        session.commit()
        assert room.chosen(browser=sign_in(lead)) == NONE
        assert room.chosen()["menacwy"] == ""
        assert room.vaccinate(room.sooner) == ""
        assert room.chosen()["menacwy"] == str(room.sooner.id)


def test_f8_a_dose_that_a_colleague_gave_is_not_in_this_hand(room: Room, session: Session) -> None:
    colleague = make_staff(session, "vaccinator", point=NARYN)
    session.commit()
    assert room.vaccinate(room.later, given_by=str(colleague.id)) == ""
    assert room.chosen() == NONE


@pytest.mark.parametrize("end", ["used up", "quarantined", "recalled"])
def test_a_lot_that_may_not_be_used_any_more_is_not_kept(room: Room, session: Session, end: str) -> None:
    assert room.vaccinate(room.later) == ""
    if end == "used up":
        vaccines.lower_stock(session, point_code=NARYN, lot_id=room.later.id, doses=19)
    else:
        kind = HoldKind.RECALL if end == "recalled" else HoldKind.QUARANTINE
        vaccines.hold_lot(session, room.later, kind, "vvm", by=new_id(), at=NOW)
    session.commit()
    assert room.chosen()["menacwy"] == ""


def test_an_earlier_lot_of_the_day_takes_no_empty_ones_place(room: Room, session: Session) -> None:
    """Room F8: after the last dose of the second vial nobody chose the first one again."""
    assert room.vaccinate(room.later) == ""
    vaccines.lower_stock(session, point_code=NARYN, lot_id=room.sooner.id, doses=19)
    session.commit()
    with clock.set_to(NOW + timedelta(minutes=1)):
        assert room.vaccinate(room.sooner) == ""
    assert room.chosen()["menacwy"] == ""


REFUSED: Sequence[dict[str, Any]] = (
    {"identity_checked": []},
    {"given_on": ["", "", ""]},
    {"given_by": ""},
    {"menacwy-lot": ""},
    {"menacwy-route": "by mouth"},
    {"influenza-not_given": "-"},
)


@pytest.mark.parametrize("fault", REFUSED, ids=str)
def test_after_any_refusal_no_lot_and_no_identity_is_left_set(room: Room, fault: dict[str, Any]) -> None:
    """Room F5: behind the sentence the page had chosen another lot, the identity still ticked."""
    assert room.vaccinate() == ""  # so that both lots are those of the day
    page = room.vaccinate(**fault)
    assert chosen_in(page) == NONE
    identity = re.search(r'<input[^>]*name="identity_checked"[^>]*>', page)
    assert identity is not None
    assert "checked>" not in identity[0].replace(" ", "")
    assert 'checked=""' not in identity[0]


def test_a_question_leaves_what_was_chosen(room: Room) -> None:
    """The same arm twice is asked about: to confirm it is one tick, not all of the page again."""
    same_arm: dict[str, Any] = {"influenza-site": "left_upper_arm"}
    page = room.vaccinate(**same_arm)
    assert 'name="confirmed"' in page
    assert chosen_in(page) == {"menacwy": str(room.later.id), "influenza": str(room.flu.id)}
    page = room.vaccinate(**same_arm, identity_checked=[])
    assert chosen_in(page) == NONE, "beside a refusal a question clears as well"


def test_who_took_the_last_dose_and_when_is_told(room: Room, session: Session, sign_in: SignIn) -> None:
    """Room F5: two pages open, one dose left. The second heard "Choose the lot"."""
    vaccines.lower_stock(session, point_code=NARYN, lot_id=room.later.id, doses=19)
    colleague = make_staff(session, "vaccinator", point=NARYN, name="Бермет Усенова")
    session.commit()
    assert room.vaccinate(room.later, browser=sign_in(colleague)) == ""
    page = room.vaccinate(room.later)
    told = (
        "No dose of lot LATER1 is left at this point: the last one was recorded on 25.12.2025 10:00 by Бермет Усенова."
    )
    assert told in page
    assert chosen_in(page) == NONE
    assert len(session.exec(select(Dose).where(Dose.lot_id == room.later.id)).all()) == 1
