"""A record that was wrong from the beginning gives its numbers back (security B2)."""

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.commands import late_papers
from registry.corrections import services
from registry.errors import NotFound, Refusal
from registry.immunization_log.models import Kind, LogEntry
from registry.model import new_id
from registry.pilgrims.intake import NumberHeldBefore, check_list, read_lines
from registry.pilgrims.models import Correction, PilgrimDetails, Registration, Sex
from registry.pilgrims.queries import search
from registry.pilgrims.services import PassportTaken, grant_access
from registry.staff.models import Staff
from registry.staff.queries import actor_for
from registry.tallies.models import Measure, Tally
from registry.vaccinations.queries import list_live_doses
from tests.certificates.roads import decide
from tests.corrections.test_identity import correct, withdraw_all
from tests.corrections.test_identity_rules import RENAMED
from tests.corrections.test_services import assert_counters_agree, dose_of, options
from tests.factories import CAMPAIGN, NARYN, NOW, make_job, make_staff, pilgrim_details, the_campaign
from tests.pilgrims.test_intake import AIGUL, HEADER
from tests.pilgrims.test_routes import FORM
from tests.pilgrims.test_services import refusals, register
from tests.room.test_services import Room

SignIn = Callable[[Staff], FlaskClient]
HELD_BEFORE = (NumberHeldBefore().code,)
RIGHT: dict[str, Any] = {**RENAMED, "birth_on": date(1971, 8, 2), "sex": Sex.MALE}


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    """Vaccinated under the right passport number, and the name and birth date of somebody else."""
    room = Room(session, issuer, nurse)
    room.record()
    return room


def by_mistake(room: Room, **changes: Any) -> Correction:
    given = {
        **options(room, at=NOW + timedelta(hours=6), reason="The wrong person was chosen from the list"),
        **changes,
    }
    del given["issuer"]
    return services.withdraw_registration(room.session, room.pilgrim, **given)


def refused(room: Room, **changes: Any) -> set[str]:
    with pytest.raises(Refusal) as caught:
        by_mistake(room, **changes)
    return {one.code for one in caught.value.all}


def counted(session: Session) -> dict[Measure, int]:
    found: dict[Measure, int] = {}
    for tally in session.exec(select(Tally)):
        found[tally.measure] = found.get(tally.measure, 0) + tally.count
    return found


def test_b2_the_right_person_gets_the_number_a_dose_and_a_certificate(room: Room) -> None:
    """The finding: the way out was an invented passport number for the wrong record."""
    session, wrong = room.session, room.pilgrim
    right = PilgrimDetails.model_validate({**wrong.model_dump(), **RIGHT})
    with pytest.raises(Refusal, match="Registered by mistake"):
        correct(room, after=1, **RIGHT)
    assert refusals(session, right) == {PassportTaken}
    assert refused(room) == {".DosesStandHere"}
    withdraw_all(room, after=5)
    once = by_mistake(room)
    assert counted(session) == dict.fromkeys(counted(session), 0), "it counts as nobody who waits"
    assert_counters_agree(session)
    assert refusals(session, right) == {NumberHeldBefore}, "the old record is shown first"
    room.pilgrim = register(session, right, confirmed=HELD_BEFORE)
    room.examine(at=NOW + timedelta(hours=7))
    room.record(at=NOW + timedelta(hours=7))
    paper = certificates.live_certificate(session, room.pilgrim.id, CAMPAIGN)
    assert paper is not None
    assert paper.facts["passport_number"] == wrong.passport_number
    assert counted(session)[Measure.REGISTERED] == 1
    assert_counters_agree(session)
    assert {one["field"] for one in once.changes} >= {"passport_number", "region_code"}
    logged = session.exec(select(LogEntry).where(LogEntry.kind == Kind.CORRECTION)).all()
    told = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CORRECTED)).all()
    assert len(logged) == len(told) == len(session.exec(select(Correction)).all())


def test_b2_a_record_made_by_mistake_is_found_by_nobody_and_takes_no_act(room: Room) -> None:
    session, nurse = room.session, room.nurse
    withdraw_all(room, after=5)
    first = by_mistake(room, id=room.pilgrim.id)
    assert by_mistake(room, id=room.pilgrim.id) == first, "the same form again is the same act"
    for text in (room.pilgrim.passport_number, "asanbekova", "Айгүл"):
        actor = actor_for(session, nurse, on=NOW.date())
        assert search(session, text, actor=actor, campaign_code=CAMPAIGN).pilgrims == [], text
    acts: list[Callable[[], object]] = [
        lambda: room.record(at=NOW + timedelta(hours=7)),
        lambda: room.examine(at=NOW + timedelta(hours=7)),
        lambda: correct(room, after=7, phone="+996555000123"),
        lambda: by_mistake(room, id=nurse.id),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert session.exec(select(Registration)).all() == []


def test_b2_jobs_pass_over_a_record_made_by_mistake(room: Room) -> None:
    """They were asked for while it counted."""
    session, by, at = room.session, new_id(), NOW + timedelta(hours=7)
    withdraw_all(room, after=5)
    by_mistake(room)
    change = {"field": "lot", "old": "A", "new": "B"}
    act = services.Follow(new_id(), room.menacwy.id, CAMPAIGN, [change], "The box", by, at)
    services.follow_lot(session, room.pilgrim.id, CAMPAIGN, act, issuer=room.issuer, at=at)
    job = make_job(session)
    job.payload = {"pilgrim": str(room.pilgrim.id), "campaign": CAMPAIGN, "by": str(by)}
    assert late_papers.refresh(session, job, room.issuer) == {"issued": False}


def test_b2_what_keeps_a_record_from_being_called_a_mistake(
    session: Session, issuer: Issuer, nurse: Staff, room: Room
) -> None:
    assert refused(Room(session, issuer, nurse)) == {".NothingToUndo"}
    services.withdraw_dose(session, dose_of(room), **options(room, at=NOW + timedelta(hours=5)))
    assert refused(room) == {".DosesStandHere"}, "the other dose"
    withdraw_all(room, after=5)
    assert refused(room, reason=" ") == {"reason.ReasonMissing"}
    decide(room, at=NOW + timedelta(hours=6))
    assert refused(room) == {"passport_number.NobodyFreesNumbers"}, "security B1: no way around a revocation"
    by_mistake(room, by=make_staff(session, "immunologist").id)


def test_b2_the_page_of_the_act_and_of_the_record_after_it(
    session: Session, sign_in: SignIn, naryn_lead: Staff, room: Room
) -> None:
    doses = [dose.id for dose in list_live_doses(session, room.pilgrim.id)]
    session.commit()
    browser, own = sign_in(naryn_lead), f"/pilgrims/{room.pilgrim.id}"
    act = f"{own}/registered-by-mistake"
    assert act not in browser.get(own).text
    assert "Doses still count in this record" in browser.post(act, data={"reason": "So it is"}).text
    for dose_id in doses:
        answer = browser.post(f"{own}/doses/{dose_id}/withdraw", data={"reason": "Another person"})
        assert answer.status_code == 302, answer.text
    session.rollback()
    assert act in browser.get(own).text
    assert "This cannot be taken back" in browser.get(act).text
    page = unescape(browser.post(act, data={"reason": "Another person"}, follow_redirects=True).text)
    assert "The record counts nowhere now" in page
    assert "This record was registered by mistake" in page
    assert "the number is free for the right one" in page
    assert "the right record has it" not in page
    assert "Another person" in page
    assert "Register them again" not in page
    assert act not in page
    register(session, pilgrim_details(**RIGHT, passport_number=room.pilgrim.passport_number), confirmed=HELD_BEFORE)
    session.commit()
    page = unescape(browser.get(own).text)
    assert "Search for the passport number: the right record has it." in page
    assert "is free" not in page
    # Who did not do it sees no record that no region leads to.
    other = sign_in(make_staff(session, "lead", point=NARYN))
    assert other.get(own).status_code == 404


@pytest.fixture
def mistaken(room: Room) -> PilgrimDetails:
    """The details of a record that was called a mistake."""
    room.pilgrim.pin = "10101196000123"
    room.pilgrim.birth_on = date(1960, 1, 1)
    details = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    withdraw_all(room, after=5)
    by_mistake(room)
    room.session.commit()
    return details


def test_b1_who_comes_with_a_number_of_a_mistake_is_compared_with_it(room: Room, mistaken: PilgrimDetails) -> None:
    """Security B1, B2: the same person came again, and nobody heard of the anaphylaxis in the old record."""
    other = {"surname": "Башка", "latin_surname": "BASHKA"}
    for details in (
        mistaken,
        pilgrim_details(**other, passport_number=mistaken.passport_number.lower()),
        pilgrim_details(**other, pin=mistaken.pin, birth_on=mistaken.birth_on),
    ):
        assert refusals(room.session, details) == {NumberHeldBefore}
    room.pilgrim = register(room.session, pilgrim_details(**other))
    with pytest.raises(Refusal) as caught:
        correct(room, after=7, passport_number=mistaken.passport_number)
    assert [one.code for one in caught.value.all] == [".NumberHeldBefore"]
    correct(room, after=7, passport_number=mistaken.passport_number, confirmed=HELD_BEFORE)


@pytest.mark.parametrize("seen", [None, {"KG-N"}, {"KG-O"}], ids=["the country", "its region", "another region"])
def test_b1_a_list_asks_about_a_number_of_a_mistake(
    room: Room, mistaken: PilgrimDetails, seen: set[str] | None
) -> None:
    """Security B2: a list made the wrong record again, and said nothing."""
    row = AIGUL.replace("PE0055002", mistaken.passport_number)
    lines = read_lines(f"{HEADER}\n{row}".encode())
    listed = check_list(room.session, lines, campaign=the_campaign(room.session), on=NOW.date(), seen=seen)
    assert [type(fault) for fault in listed[0].faults] == [NumberHeldBefore]


def test_b1_the_form_shows_the_record_that_was_called_a_mistake(
    sign_in: SignIn, mistaken: PilgrimDetails, session: Session
) -> None:
    browser = sign_in(make_staff(session, "registrar", point=NARYN))
    data = {**FORM, "passport_number": mistaken.passport_number}
    page = unescape(browser.post("/pilgrims/new", data=data).text)
    assert "or that record was called a mistake" in page
    assert "This number stood in a record that was called a mistake on 25.12.2025 16:00" in page
    assert "Of another region" not in page
    assert "open the record" not in page, "it is not theirs"
    assert browser.post("/pilgrims/new", data={**data, "confirmed": HELD_BEFORE[0]}).status_code == 302


@pytest.mark.parametrize("revoked", [True, False])
def test_b2_a_record_called_a_mistake_offers_no_act_and_says_so_instead_of_404(
    session: Session, sign_in: SignIn, room: Room, *, revoked: bool
) -> None:
    own = f"/pilgrims/{room.pilgrim.id}"
    withdraw_all(room, after=5)
    if revoked:
        decide(room, at=NOW + timedelta(hours=6))
    by_mistake(room, by=make_staff(session, "immunologist").id)
    ministry = sign_in(make_staff(session, "immunologist"))
    page = ministry.get(own).text
    assert room.pilgrim.passport_number in page
    for act in ("/revoke", "/issue-again", "/lost", "/examine", "/registered-by-mistake"):
        assert f'{act}"' not in page
    for act, role in (("examine", "doctor"), ("registered-by-mistake", "lead")):
        colleague = make_staff(session, role, point=NARYN)
        grant_access(session, staff_id=colleague.id, pilgrim_id=room.pilgrim.id, until=NOW + timedelta(hours=1))
        session.commit()
        browser = sign_in(colleague)
        for answer in (
            browser.get(f"{own}/{act}", follow_redirects=True),
            browser.post(f"{own}/{act}", data={"reason": "So it is"}, follow_redirects=True),
        ):
            assert answer.status_code == 200
            assert "This record was registered by mistake and counts nowhere." in answer.text
