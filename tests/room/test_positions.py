"""Requirement, button, visit page and certificate say one thing, whatever was decided (room F6, F12)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.campaigns.rules import Result
from registry.certificates import queries as certificates
from registry.certificates.models import Certificate
from registry.examinations.models import Outcome
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.tallies.models import Measure, Tally
from registry.vaccinations.models import NotGivenReason
from registry.vaccinations.services import record_not_given
from tests.factories import (
    NOW,
    TODAY,
    make_dose,
    make_examination,
    make_flu_lot,
    make_lot,
    make_occasion,
    make_pilgrim,
    the_campaign,
)
from tests.room.test_routes import visit_data

SignIn = Callable[[Staff], FlaskClient]
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(minutes=5)
YESTERDAY, NEXT_WEEK = TODAY - timedelta(days=1), TODAY + timedelta(days=7)
GIVE = "Give one at least 10 days before the arrival"


@dataclass(frozen=True)
class Says:
    """What the pages of one state say. `nurse`, `doctor`: the main button; `offers`: a visit offers the dose.

    `first`: what comes before a dose if the pilgrim thinks again.
    """

    sentence: str
    tag: str = "Missing"
    nurse: str | None = None
    doctor: str | None = None
    offers: bool = False
    again: bool = False
    first: str = ""
    result: Result = Result.MISSING


MISSING = Says(GIVE, nurse="Vaccinate", offers=True)
REFUSED = Says("The pilgrim refused this vaccine on 25.12.2025", "Refused", again=True)
CLAIMED = Says("said to count (noted on 25.12.2025), but it is not recorded here", "Said to count", again=True)
WITHDREW = Says("noted on 25.12.2025 that the pilgrim no longer travels", "No longer travels", again=True)
EXEMPT = Says("carry the doctor's note", "Contraindicated", result=Result.CONTRAINDICATED_EXEMPT)
UNEXAMINED, DAY_PUT_OFF = "The pilgrim has not been examined.", "put off the vaccination until 01.01.2026"
OPINION = "asked for a specialist's opinion first"
UNFIT = Says("unfit for the Hajj on 25.12.2025, so the vaccine is not given", "Unfit for the Hajj")
PUT_OFF = Says("put off the vaccination until 01.01.2026", "Put off")
SPECIALIST = Says("asked for a specialist's opinion first", "Needs a specialist first", doctor="Examine")
ASK = Says("a new one decides whether it may be given", "Ask the doctor", doctor="Examine")
DEFERRED = {"outcome": Outcome.DEFERRED, "deferred_until": NEXT_WEEK}

WAITS = replace(MISSING, nurse=None, doctor="Examine", offers=False)
STALE = replace(MISSING, sentence="Give a new dose", tag="Expired", result=Result.EXPIRED)
COUNTS = Says("counts from 04.01.2026", "Counts", result=Result.MET)
TOO_EARLY = Says("too early", "Counts later", result=Result.NOT_YET)
BACK_TODAY = replace(PUT_OFF, sentence="put off the vaccination until 25.12.2025", doctor="Examine")
OLD_DOSE, ADVISED = {"dose_on": date(2020, 1, 1)}, {"contraindicated": ["MENACWY"]}
IS_UNFIT = {"outcome": Outcome.UNFIT}
ASKED = {"outcome": Outcome.NEEDS_SPECIALIST}
R = NotGivenReason
# What the doctor found (None: no examination), what was noted afterwards, what is said.
STATES: dict[str, tuple[dict[str, Any] | None, NotGivenReason | None, Says]] = {
    "not examined": (None, None, WAITS),
    "fit": ({}, None, MISSING),
    "fit yesterday": ({"on": YESTERDAY}, None, WAITS),
    "an old dose": (OLD_DOSE, None, STALE),
    "contraindicated": (ADVISED, None, EXEMPT),
    "contraindicated and noted": (ADVISED, R.CONTRAINDICATED, EXEMPT),
    "contraindicated, refused": (ADVISED, R.REFUSED, EXEMPT),
    "contraindicated, an old dose": ({**ADVISED, **OLD_DOSE}, None, EXEMPT),
    "contraindicated yesterday": ({**ADVISED, "on": YESTERDAY}, None, EXEMPT),
    "contraindicated, given before": ({**ADVISED, "dose_on": TODAY}, None, COUNTS),
    "only the other contraindicated": ({"contraindicated": ["INFLUENZA"]}, None, MISSING),
    "refused": ({}, R.REFUSED, REFUSED),
    "refused, never examined": (None, R.REFUSED, replace(REFUSED, again=False, first=UNEXAMINED)),
    "claimed, never examined": (None, R.ALREADY_VALID, replace(CLAIMED, again=False, first=UNEXAMINED)),
    "refused after the day": (
        {"on": YESTERDAY},
        R.REFUSED,
        replace(REFUSED, first="does not count on"),
    ),
    "refused, then examined again": ({"at": LATER}, R.REFUSED, MISSING),
    "refused, then deferred": ({"at": LATER, **DEFERRED}, R.REFUSED, PUT_OFF),
    "deferred, then refused": (DEFERRED, R.REFUSED, replace(REFUSED, again=False, first=DAY_PUT_OFF)),
    "deferred, then no longer travels": (DEFERRED, R.WITHDREW, replace(WITHDREW, again=False, first=DAY_PUT_OFF)),
    "a specialist first, then claimed": (ASKED, R.ALREADY_VALID, replace(CLAIMED, again=False, first=OPINION)),
    "an earlier dose claimed": ({}, R.ALREADY_VALID, CLAIMED),
    "claimed, then examined again": ({"at": LATER}, R.ALREADY_VALID, CLAIMED),
    "no longer travels": ({}, R.WITHDREW, WITHDREW),
    "unfit": (IS_UNFIT, None, UNFIT),
    "unfit and noted": (IS_UNFIT, R.UNFIT_FOR_HAJJ, UNFIT),
    "unfit, contraindicated": ({**IS_UNFIT, **ADVISED}, None, replace(UNFIT, result=EXEMPT.result)),
    "unfit, refused": (IS_UNFIT, R.REFUSED, UNFIT),
    "deferred": (DEFERRED, None, PUT_OFF),
    "deferred, back today": ({**DEFERRED, "deferred_until": TODAY, "on": YESTERDAY}, None, BACK_TODAY),
    "a specialist first": (ASKED, None, SPECIALIST),
    "a nurse stopped: contraindicated": ({}, R.CONTRAINDICATED, ASK),
    "a nurse stopped: ill today": ({}, R.ACUTE_ILLNESS, ASK),
    "a nurse stopped, then examined again": ({"at": LATER}, R.ACUTE_ILLNESS, MISSING),
    "no vaccine that day": ({}, R.OUT_OF_STOCK, MISSING),
    "did not come": ({}, R.ABSENT, MISSING),
    "met": ({"dose_on": TODAY}, None, COUNTS),
    "met, a second one refused": ({"dose_on": TODAY}, R.REFUSED, COUNTS),
    "not yet": ({"dose_on": TODAY, "arrival_on": NEXT_WEEK}, None, TOO_EARLY),
}


def arrange(session: Session, found: dict[str, Any] | None, noted: NotGivenReason | None) -> Pilgrim:
    """A pilgrim with meningococcal in this state; influenza is given, or in the same state where nobody examined."""
    values = dict(found or {})
    pilgrim = make_pilgrim(session, arrival_on=values.pop("arrival_on", date(2026, 5, 11)))
    dose_on = values.pop("dose_on", None)
    if found is not None:
        examination = make_examination(session, pilgrim, **{"at": EARLIER, **values})
        make_dose(session, pilgrim, antigen="INFLUENZA", examination=examination)
        if dose_on:
            make_dose(session, pilgrim, examination=examination, given_on=dose_on)
    for antigen in ["MENACWY", *(["INFLUENZA"] if found is None else [])] if noted else []:
        occasion, reason = make_occasion(session), noted or R.OTHER
        record_not_given(session, pilgrim, occasion, antigen_code=antigen, reason=reason, id=new_id())
    return pilgrim


def main_button(page: str) -> str | None:
    """The one act the record proposes, printing and notes left out."""
    found = re.findall(r'<a href="[^"]*/(visit|examine)" role="button"[^>]*>\s*(\w+)', page)
    return found[0][1] if found else None


def head(record: str) -> str:
    """What stands above the requirements."""
    return record.split("app-requirements", maxsplit=1)[0]


def told(record: str) -> tuple[str, str]:
    """The tag and the sentence of the meningococcal requirement."""
    found = re.search(r"<strong>Meningococcal ACWY</strong>(.*?)</li>", record, re.DOTALL)
    assert found
    tag = re.search(r"govuk-tag[^>]*>\s*([^<]*?)\s*<", found[1])
    assert tag
    return tag[1], found[1]


def test_room_f6_every_page_says_one_thing(session: Session, sign_in: SignIn, nurse: Staff, doctor: Staff) -> None:
    """One application for all states: what costs is to make it."""
    make_lot(session), make_flu_lot(session)
    pilgrims = {state: arrange(session, found, noted) for state, (found, noted, _) in STATES.items()}
    nurses, doctors = sign_in(nurse), sign_in(doctor)
    wrong = {}
    for state, pilgrim in pilgrims.items():
        says = STATES[state][2]
        own = f"/pilgrims/{pilgrim.id}"
        record, visit = (unescape(nurses.get(f"{own}{page}").text) for page in ("", "/visit"))
        tag, requirement = told(record)
        assessed = certificates.assess(session, pilgrim, campaign=the_campaign(session))
        expected = {
            "tag": tag == says.tag,
            "sentence": says.sentence in requirement,
            "nothing else asks for a dose": (GIVE in record) == (GIVE in says.sentence),
            "nurse's button": main_button(record) == says.nurse,
            "doctor's button": main_button(doctors.get(own).text) == says.doctor,
            "second choice": (f"{own}/visit?again=MENACWY" in record) == says.again,
            "visit offers the dose": ('name="menacwy-lot"' in visit) == says.offers,
            "visit says why not": not says.again or says.sentence in visit,
            "says what comes first": all(says.first in page for page in (head(record), visit)),
            "says it can be given": ("can still be given" in record) == (says.again and not says.first),
            "result": assessed.evaluations[0].result is says.result,
            "covered": assessed.covered == (says.result in {Result.MET, Result.NOT_YET}),
        }
        wrong[state] = [name for name, holds in expected.items() if not holds]
    assert {state: names for state, names in wrong.items() if names} == {}


def test_room_f6_who_thinks_again_is_vaccinated_on_the_same_page(
    session: Session, sign_in: SignIn, nurse: Staff
) -> None:
    pilgrim = arrange(session, {}, R.REFUSED)
    make_lot(session)
    session.commit()
    again = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/visit?again=MENACWY").text
    assert 'name="menacwy-lot"' in again
    assert "Record the vaccine" in again


def test_room_f6_a_vaccine_that_a_nurse_stopped_is_not_offered_again(
    session: Session, sign_in: SignIn, nurse: Staff
) -> None:
    pilgrim = arrange(session, {}, R.CONTRAINDICATED)
    make_lot(session)
    session.commit()
    visit = unescape(sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/visit").text)
    assert 'name="menacwy-lot"' not in visit
    assert "left out for the pilgrim's health" in visit


def test_room_f6_who_is_exempt_from_one_vaccine_gets_the_other_but_no_certificate(
    session: Session, sign_in: SignIn, nurse: Staff
) -> None:
    pilgrim = make_pilgrim(session)
    make_examination(session, pilgrim, contraindicated=["MENACWY"], at=EARLIER)
    data = visit_data(session, nurse, **{"menacwy-not_given": "contraindicated"})
    browser = sign_in(nurse)
    assert "Vaccinate" in str(main_button(browser.get(f"/pilgrims/{pilgrim.id}").text))
    browser.post(f"/pilgrims/{pilgrim.id}/visit", data=data)
    session.rollback()
    record = unescape(browser.get(f"/pilgrims/{pilgrim.id}").text)
    assert main_button(record) is None
    assert GIVE not in record
    assert not session.exec(select(Certificate)).all()
    counted = {one.measure: one.count for one in session.exec(select(Tally)).all()}
    assert (counted[Measure.VACCINATED], counted.get(Measure.COMPLETE, 0)) == (1, 0)
