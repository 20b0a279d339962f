"""A lot put on hold: named when it is sent, and never swapped for another where its dose was given before."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccines import services as vaccines
from registry.vaccines.models import HoldKind
from tests.conftest import SignIn
from tests.factories import NARYN, NOW, TODAY, make_examination, make_pilgrim, make_staff
from tests.room.test_lots_in_hand import NONE, Room, chosen_in

YESTERDAY, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
DOUBT = "menacwy-lot.HeldMeanwhile"
QUARANTINE, RECALL, RELEASE = HoldKind.QUARANTINE, HoldKind.RECALL, HoldKind.RELEASE


@pytest.fixture
def room(session: Session, sign_in: SignIn, nurse: Staff) -> Room:
    return Room(session, sign_in, nurse)


@pytest.fixture
def lead(session: Session) -> Staff:
    return make_staff(session, "lead", point=NARYN, name="Бермет Усенова")


def hold(room: Room, by: Staff, *steps: tuple[HoldKind, datetime]) -> None:
    for kind, at in steps:
        vaccines.hold_lot(room.session, room.later, kind, "The fridge was open", by=by.id, at=at)
    room.session.commit()


def given_on(day: date) -> dict[str, Any]:
    return {"given_on": [str(part) for part in (day.day, day.month, day.year)]}


def doses(room: Room) -> Sequence[Dose]:
    return room.session.exec(select(Dose).where(Dose.lot_id == room.later.id)).all()


def clock_of(day: date, hour: int = 0) -> datetime:
    return NOW + (day - TODAY) + timedelta(hours=hour)


def test_a_lot_put_on_hold_while_the_page_is_open_is_named(room: Room, lead: Staff) -> None:
    """Room F5's neighbour: the nurse heard "Choose the lot" and would have taken another for the one she gave."""
    hold(room, lead, (QUARANTINE, NOW))
    page = room.vaccinate(room.later)
    assert "Lot LATER1 is on hold since 25.12.2025 10:00 (In quarantine, Бермет Усенова: The fridge was open)." in page
    assert "If the dose is not given yet, put the vial aside and choose another lot." in page
    assert chosen_in(page) == NONE, "the doubt is of the vial: it is taken up again, not sent again"
    identity = re.search(r'<input[^>]*name="identity_checked"[^>]*>', page)
    assert identity
    assert "checked" not in identity[0].replace('"identity_checked', "")
    assert not doses(room)
    assert room.vaccinate(room.later, confirmed=DOUBT) == ""
    assert [dose.given_on for dose in doses(room)] == [TODAY]
    rows = room.session.exec(select(AuditEvent).where(AuditEvent.action == Action.VACCINATED)).all()
    assert [row.detail.get("confirmed") for row in rows if row.detail["antigen"] == "MENACWY"] == [["HeldMeanwhile"]]
    assert room.chosen() == {**NONE, "influenza": str(room.flu.id)}, "never the lot of the next pilgrim"


# The steps of the lot, the day of a dose, and whether it is recorded, asked about or refused.
STORIES = [
    ("recalled today", [(RECALL, NOW)], TODAY, "asked"),
    ("on hold today, given yesterday", [(QUARANTINE, NOW)], YESTERDAY, "asked"),
    ("on hold since yesterday", [(QUARANTINE, clock_of(YESTERDAY))], TODAY, "refused"),
    ("on hold since yesterday, given then", [(RECALL, clock_of(YESTERDAY))], YESTERDAY, "asked"),
    ("on hold before the dose", [(QUARANTINE, clock_of(BEFORE))], YESTERDAY, "refused"),
    ("first the one, then the other", [(QUARANTINE, clock_of(YESTERDAY)), (RECALL, NOW)], TODAY, "refused"),
    ("released", [(QUARANTINE, clock_of(BEFORE)), (RELEASE, clock_of(YESTERDAY))], TODAY, "recorded"),
    ("released and on hold again", [(RECALL, clock_of(BEFORE)), (RELEASE, NOW), (RECALL, NOW)], TODAY, "asked"),
]


@pytest.mark.parametrize(("steps", "day", "end"), [row[1:] for row in STORIES], ids=[row[0] for row in STORIES])
def test_a_dose_given_before_the_hold_is_asked_about_and_one_after_it_refused(
    room: Room, lead: Staff, steps: Sequence[tuple[HoldKind, datetime]], day: date, end: str
) -> None:
    hold(room, lead, *steps)
    page = room.vaccinate(room.later, examined_on=day, **given_on(day))
    if end == "recorded":
        assert page == ""
        return
    assert "Lot LATER1 is on hold since" in page
    assert (DOUBT in page) == (end == "asked")
    assert ("Put it aside and choose another lot." in page) == (end == "refused")
    page = room.vaccinate(room.later, examined_on=day, confirmed=DOUBT, **given_on(day))
    assert (page == "") == (end == "asked"), "what is refused cannot be confirmed"
    assert len(doses(room)) == (end == "asked")


# Hours before NOW of the hold, the registration and the examination, the day of the dose, and the end.
COMERS = [
    ("examined before", 1, 3, 2, TODAY, "asked"),
    ("registered and examined after", 3, 2, 1, TODAY, "refused"),
    ("registered before, examined after", 3, 9, 1, TODAY, "refused"),
    ("of yesterday, entered late after", 3, 2, 1, YESTERDAY, "asked"),
    ("copied from paper on the day after", 24, 2, 1, YESTERDAY, "asked"),
    # 00:30 in Bishkek is the day before in UTC: the day of a hold is that of the place.
    ("on hold since half past midnight", 9.5, 20, 9.75, TODAY, "asked"),
]


@pytest.mark.parametrize("comer", COMERS, ids=[row[0] for row in COMERS])
def test_f5_a_lot_on_hold_is_given_to_nobody_who_came_after_the_hold(
    room: Room, lead: Staff, comer: tuple[str, float, float, float, date, str]
) -> None:
    """Room F5: the nurse picked "ON HOLD since ..." on a page opened after the recall, and one tick gave it."""
    _name, held, registered, examined, on, end = comer
    hold(room, lead, (RECALL, NOW - timedelta(hours=held)))
    pilgrim = make_pilgrim(room.session, at=NOW - timedelta(hours=registered))
    make_examination(room.session, pilgrim, on=on, at=NOW - timedelta(hours=examined))
    room.session.commit()
    page = room.browser.get(f"/pilgrims/{pilgrim.id}/visit?on={on.isoformat()}").text
    assert bool(re.search(r"<option[^>]*>[^<]*LATER1", page)) == (end == "asked")
    answer = room.vaccinate(room.later, of=pilgrim, **given_on(on))
    assert (DOUBT in answer) == (end == "asked")
    assert ("Put it aside and choose another lot." in answer) == (end == "refused")
    answer = room.vaccinate(room.later, of=pilgrim, confirmed=DOUBT, **given_on(on))
    assert (answer == "") == (end == "asked"), "what is refused cannot be confirmed"
    assert len(doses(room)) == (end == "asked")


def test_the_list_shows_what_was_put_on_hold_on_that_day_or_later_and_says_so(room: Room, lead: Staff) -> None:
    """Who loads the page again after the hold can still record what was given."""
    hold(room, lead, (QUARANTINE, NOW))
    options = re.findall(r"<option[^>]*>([^<]*LATER1[^<]*)<", page_of(room))
    assert [text.strip().startswith("ON HOLD since 25.12.2025 10:00: LATER1") for text in options] == [True]
    assert '"LATER1"' not in re.findall(r'data-lots="([^"]*)"', page_of(room))[0], "a scan chooses it not"
    assert "LATER1" in re.findall(r'data-held="([^"]*)"', page_of(room))[0], "but hears why"
    with clock.set_to(NOW + timedelta(days=1)):
        assert not re.findall(r"<option[^>]*>[^<]*LATER1", page_of(room, day=TODAY + timedelta(days=1)))


def page_of(room: Room, *, day: date = TODAY) -> str:
    return room.browser.get(f"/pilgrims/{room.pilgrim(examined_on=day).id}/visit").text
