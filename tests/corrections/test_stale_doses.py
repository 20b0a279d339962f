"""Security B2, its neighbour "stale form": whoever corrects a dose reads what became of it, not words for a syringe."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.certificates.keys import Issuer
from registry.corrections import dose_rules, services
from registry.errors import Refusal
from registry.examinations.models import Examination, Outcome
from registry.model import new_id
from registry.pilgrims.models import Correction
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccinations.rules import DoseChangedMeanwhile
from registry.vaccines.models import Site, Stock
from tests.conftest import SignIn
from tests.corrections.test_services import details_of, dose_of, options
from tests.factories import NOW, TODAY, make_flu_lot, make_lot, make_staff
from tests.room.test_services import Room

NEEDLE = re.compile(r"not give it again|give it|\bvial\b|before vaccinating|Do not vaccinate|second one|doctor again")
AGAIN = NOW + timedelta(hours=2)
CORRECTED, WITHDRAWN = "corrected this dose on 25.12.2025", "withdrew this dose on 25.12.2025"


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    room = Room(session, issuer, nurse)
    room.record()
    session.commit()
    return room


@pytest.fixture
def lead(sign_in: SignIn, naryn_lead: Staff) -> FlaskClient:
    return sign_in(naryn_lead)


@pytest.fixture
def other(session: Session) -> Staff:
    """Somebody else who corrects meanwhile."""
    return make_staff(session, "immunologist", region="KG-N", name="Башка Киши")


def form_of(dose: Dose, **changes: Any) -> dict[str, Any]:
    on = dose.given_on
    same = {"lot": str(dose.lot_id), "route": dose.route.value, "site": dose.site.value}
    return {"given_on": [str(on.day), str(on.month), str(on.year)], **same, "reason": "Read again", **changes}


def corrected(room: Room, dose: Dose, other: Staff) -> Dose:
    moved = details_of(dose, site=Site.LEFT_THIGH)
    services.correct_dose(room.session, dose, moved, **options(room, by=other.id))
    return dose_of(room, dose.antigen_code)


def corrected_twice(room: Room, dose: Dose, other: Staff) -> Dose:
    newer = corrected(room, dose, other)
    lot = make_lot(room.session, number="AB99999")
    services.correct_dose(room.session, newer, details_of(newer, lot_id=lot.id), **options(room, by=other.id, at=AGAIN))
    return dose_of(room, dose.antigen_code)


def corrected_there_and_back(room: Room, dose: Dose, other: Staff) -> Dose:
    newer = corrected(room, dose, other)
    back = details_of(newer, site=dose.site)
    services.correct_dose(room.session, newer, back, **options(room, by=other.id, at=AGAIN))
    return dose_of(room, dose.antigen_code)


def withdrawn(room: Room, dose: Dose, other: Staff) -> None:
    services.withdraw_dose(room.session, dose, **options(room, by=other.id))


def corrected_then_withdrawn(room: Room, dose: Dose, other: Staff) -> None:
    withdrawn(room, corrected(room, dose, other), other)


@pytest.mark.parametrize("end", ["correct", "withdraw"])
@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (corrected, f"{CORRECTED} 11:00, after your page was opened: Site."),
        (corrected_twice, f"{CORRECTED} 12:00, after your page was opened: Lot, Site."),
        (corrected_there_and_back, f"{CORRECTED} 12:00, after your page was opened: Site."),
        (withdrawn, WITHDRAWN),
        (corrected_then_withdrawn, WITHDRAWN),
    ],
)
def test_b2_a_stale_page_of_a_dose_says_what_became_of_it(
    lead: FlaskClient, room: Room, other: Staff, *, meanwhile: Callable[..., Dose | None], told: str, end: str
) -> None:
    dose = dose_of(room)
    form = form_of(dose, site="right_thigh")
    now = meanwhile(room, dose, other)
    room.session.commit()
    before = len(room.session.exec(select(Correction)).all())
    page, own = f"/pilgrims/{room.pilgrim.id}", f"/pilgrims/{room.pilgrim.id}/doses/{dose.id}/{end}"
    answers = [lead.post(own, data=sent) for sent in (form, {**form, "reason": ""})] + [lead.get(own)]
    assert [(one.status_code, one.location) for one in answers] == [(302, page)] * 3
    shown = unescape(" ".join(lead.get(page).text.split()))
    assert shown.count(f"{other.name} {told}") == 3
    above = shown.partition(other.name)[2][:600]
    assert "Nothing of yours was recorded." in above
    assert not NEEDLE.search(above)
    room.session.expire_all()
    assert len(room.session.exec(select(Correction)).all()) == before
    if now is not None:
        own = f"/pilgrims/{room.pilgrim.id}/doses/{now.id}/{end}"
        assert lead.get(own).status_code == 200
        assert lead.post(own, data=form_of(now, site="right_thigh")).location == page
        assert "was corrected" not in lead.get(page).text


def test_b2_a_correction_sent_twice_is_still_one(lead: FlaskClient, room: Room) -> None:
    dose = dose_of(room)
    own = f"/pilgrims/{room.pilgrim.id}/doses/{dose.id}/correct"
    form = form_of(dose, site="left_thigh", idempotency_key="0198c0de-0000-7000-8000-000000000001")
    for _ in range(2):
        assert "after your page" not in lead.post(own, data=form, follow_redirects=True).text
    assert len(room.session.exec(select(Correction)).all()) == 1


def same_day(room: Room) -> dict[str, Any]:
    """Another dose of the vaccine stands on the day that the correction wants."""
    dose = dose_of(room)
    day = TODAY + timedelta(days=1)  # listed after the other
    own = {"id": new_id(), "visit_id": new_id(), "number": 2, "given_on": day}
    room.session.add(Dose.model_validate(dose.model_dump(), update=own))
    return {"given_on": day}


def not_examined(_room: Room) -> dict[str, Any]:
    return {"given_on": TODAY - timedelta(days=1)}


def examined(**found: Any) -> Callable[[Room], dict[str, Any]]:
    def change(room: Room) -> dict[str, Any]:
        for examination in room.session.exec(select(Examination)):
            for name, value in found.items():
                setattr(examination, name, value)
        return {"site": Site.LEFT_THIGH}

    return change


def none_left(room: Room) -> dict[str, Any]:
    lot = make_lot(room.session, number="AB99999")
    for stock in room.session.exec(select(Stock).where(Stock.lot_id == lot.id)):
        stock.doses_on_hand = 0
    return {"lot_id": lot.id}


def last_seasons(room: Room) -> dict[str, Any]:
    lot = make_flu_lot(room.session)
    lot.season_code = "NH2024"
    return {"lot_id": lot.id, "antigen_code": "INFLUENZA"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (same_day, dose_rules.AnotherDoseThatDay),
        (not_examined, dose_rules.NotExaminedThen),
        (examined(examined_on=TODAY - timedelta(days=40)), dose_rules.ExaminationTooOldThen),
        (examined(outcome=Outcome.UNFIT), dose_rules.NotAllowedThen),
        (examined(outcome=Outcome.DEFERRED, deferred_until=TODAY), dose_rules.NotAllowedThen),
        (examined(contraindicated=["MENACWY"]), dose_rules.NotAllowedThen),
        (examined(outcome=Outcome.UNFIT, contraindicated=["MENACWY"]), dose_rules.NotAllowedThen),
        (none_left, dose_rules.NoneLeftInStock),
        (last_seasons, dose_rules.OfOtherSeason),
    ],
)
def test_b2_a_refused_correction_speaks_of_the_record_and_not_of_the_needle(
    room: Room, wrong: Callable[[Room], dict[str, Any]], told: type[Refusal]
) -> None:
    changes = wrong(room)
    room.session.flush()
    dose = dose_of(room, changes.pop("antigen_code", "MENACWY"))
    with pytest.raises(Refusal) as refused:
        services.correct_dose(room.session, dose, details_of(dose, **changes), **options(room))
    assert told in {type(one) for one in refused.value.all}
    assert len({str(one) for one in refused.value.all}) == len(refused.value.all)
    assert not NEEDLE.search(str(refused.value))


def test_b2_a_change_between_two_reads_is_told_too(room: Room) -> None:
    """What the unique constraint alone notices."""
    assert not NEEDLE.search(str(DoseChangedMeanwhile()))
