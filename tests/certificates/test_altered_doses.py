"""Doses altered in their rows past the registry: what the log keeps of them is held against every new paper (M1)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select, text

from registry.audit.models import Action
from registry.audit.queries import list_events
from registry.certificates.decisions import DoseAltered, RecordAltered
from registry.certificates.keys import Issuer
from registry.certificates.logged import find_altered_dose
from registry.certificates.models import Certificate
from registry.certificates.withheld import find_alteration
from registry.commands.agreement import find_disagreements
from registry.corrections import services as corrections
from registry.corrections.dose_rules import DoseNotAsLogged
from registry.examinations.queries import find_latest_examination
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from registry.vaccines.models import Site
from tests.certificates import roads
from tests.certificates.stories import LATER, certify, give, refresh, set_right, vaccinate
from tests.certificates.test_unexplained import SIGNING_ROADS
from tests.conftest import SignIn
from tests.corrections.test_services import details_of, dose_of, options
from tests.factories import NOW, TODAY, make_flu_lot, make_lot, make_pilgrim, make_staff
from tests.room.test_services import Room

ELSEWHERE = "UPDATE dose SET point_code = 'VP-OSH' WHERE antigen_code = 'MENACWY'"

BY_ANOTHER = "UPDATE dose SET given_by_id = (SELECT id FROM staff WHERE id <> dose.given_by_id LIMIT 1)"
REFUSED = {"a correction of the dose", "a visit after a withdrawal", "a dose withdrawn and entered again"}


def alter(session: Session, statement: str = ELSEWHERE) -> None:
    session.flush()
    session.execute(text(statement))
    session.expire_all()
    assert session.exec(select(Pilgrim)).all()  # read anew: expired, they dump nothing


def papers(session: Session) -> int:
    return len(session.exec(select(Certificate)).all())


@pytest.mark.parametrize("road", SIGNING_ROADS)
def test_m1_a_point_altered_in_the_row_alone_is_signed_by_no_road(
    session: Session, issuer: Issuer, nurse: Staff, road: str
) -> None:
    """No signed code states the point: at the next correction a paper followed that names another.

    Withdrawing such a dose was answered by 500: nothing was counted under the other point.
    """
    room = roads.certified_room(session, issuer, nurse)
    make_staff(session)
    alter(session)
    if road in REFUSED:
        with pytest.raises(DoseNotAsLogged):
            SIGNING_ROADS[road](room)
    else:
        SIGNING_ROADS[road](room)
    refresh(session, room.pilgrim, issuer, at=roads.EVENING)
    session.expire_all()
    assert papers(session) == 1
    alarms = [event for event in list_events(session) if event.action is Action.CODES_DIFFER]
    night = find_disagreements(session, issuer=issuer, at=roads.EVENING)
    assert alarms or [one.alarm is not None for one in night] == [True]


ROWS = {
    "point_code": ELSEWHERE,
    "given_by_id": BY_ANOTHER,
    "given_on": "UPDATE dose SET given_on = '2025-12-24' WHERE antigen_code = 'MENACWY'",
    "lot_id": "UPDATE dose SET lot_id = (SELECT id FROM lot WHERE number = 'OTHER01') WHERE antigen_code = 'MENACWY'",
    "recorded_at": "UPDATE dose SET recorded_at = '2025-12-24 04:00:00+00' WHERE antigen_code = 'MENACWY'",
}


@pytest.mark.parametrize("fact", ROWS)
def test_m1_each_fact_of_a_dose_is_held_against_the_log(session: Session, issuer: Issuer, fact: str) -> None:
    make_lot(session, number="OTHER01")
    pilgrim, certificate = certify(session, issuer)
    assert find_altered_dose(session, pilgrim.id) is None
    alter(session, ROWS[fact])
    set_right(session, pilgrim, latin_given_name="AIGULI")
    assert refresh(session, pilgrim, issuer, at=LATER) is certificate
    assert papers(session) == 1
    (found,) = find_disagreements(session, issuer=issuer, at=LATER)
    assert found.alarm is not None
    assert (found.alarm.certificate_id, found.alarm.differing) == (certificate.id, (fact,))
    assert "is not as it was logged" in found.why


def test_m1_before_the_first_paper_too_and_the_pilgrims_page_says_so(
    session: Session, issuer: Issuer, nurse: Staff, sign_in: SignIn
) -> None:
    pilgrim = vaccinate(session)
    alter(session)
    assert refresh(session, pilgrim, issuer) is None
    assert isinstance(find_alteration(session, pilgrim, None), DoseAltered)
    session.commit()
    browser: FlaskClient = sign_in(nurse)
    assert "is not in the register as it was logged" in browser.get(f"/pilgrims/{pilgrim.id}").text
    alter(session, ELSEWHERE.replace("VP-OSH", "VP-NRN"))
    assert refresh(session, pilgrim, issuer) is not None


def test_m1_a_correction_carries_no_altered_point_into_the_log_as_its_own(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    """The corrected version was made from the altered row; then the first row was set back."""
    room = roads.certified_room(session, issuer, nurse)
    alter(session)
    dose = dose_of(room)
    details = details_of(dose, site=Site.LEFT_THIGH)
    examination = find_latest_examination(session, dose.pilgrim_id, dose.campaign_code)
    supersede_dose(session, dose, details, examination=examination, by=nurse.id, at=LATER)
    alter(session, "UPDATE dose SET point_code = 'VP-NRN' WHERE version = 1")
    set_right(session, room.pilgrim, latin_given_name="AIGULI")
    refresh(session, room.pilgrim, issuer, at=roads.EVENING)
    assert papers(session) == 1
    found = find_altered_dose(session, room.pilgrim.id)
    assert found is not None
    assert found.differing == ("point_code",)


def test_m1_a_dose_taken_away_is_missed(session: Session, issuer: Issuer) -> None:
    pilgrim, _certificate = certify(session, issuer)
    (taken,) = [dose.id for dose in list_live_doses(session, pilgrim.id) if dose.antigen_code == "MENACWY"]
    session.execute(text("DELETE FROM dose WHERE antigen_code = 'MENACWY'"))
    session.expire_all()
    found = find_altered_dose(session, pilgrim.id)
    assert found is not None
    assert (found.certificate_id, found.differing) == (taken, ("dose",))


@pytest.mark.parametrize("place_too", [True, False], ids=["with its words", "the point alone"])
def test_m1_a_paper_that_names_a_point_of_no_dose_is_not_silently_replaced(
    session: Session, issuer: Issuer, *, place_too: bool
) -> None:
    pilgrim, certificate = certify(session, issuer)
    elsewhere = {"point_code": "VP-OSH", **({"place": {"en": "Osh"}} if place_too else {})}
    doses = [{**dose, **elsewhere} for dose in certificate.facts["doses"]]
    certificate.facts = {**certificate.facts, "doses": doses}
    set_right(session, pilgrim, latin_given_name="AIGULI")
    assert refresh(session, pilgrim, issuer, at=LATER) is certificate
    assert papers(session) == 1
    assert isinstance(find_alteration(session, pilgrim, certificate), RecordAltered)


def withdrawn_and_entered_again(room: Room) -> None:
    corrections.withdraw_dose(room.session, dose_of(room), **options(room))
    give(room.session, room.pilgrim, make_lot(room.session), at=NOW + timedelta(hours=2))


def corrected_in_every_fact(room: Room) -> None:
    room.examine(on=TODAY - timedelta(days=1), at=NOW + timedelta(hours=1))
    for antigen, lot in (("MENACWY", make_lot(room.session)), ("INFLUENZA", make_flu_lot(room.session))):
        dose = dose_of(room, antigen)
        other = details_of(dose, lot_id=lot.id, site=Site.LEFT_THIGH, given_on=TODAY - timedelta(days=1))
        corrections.correct_dose(room.session, dose, other, **options(room))


@pytest.mark.parametrize("honest", [withdrawn_and_entered_again, corrected_in_every_fact])
def test_m1_what_the_registry_itself_corrects_is_signed(
    session: Session, issuer: Issuer, nurse: Staff, honest: Callable[[Room], None]
) -> None:
    room = roads.certified_room(session, issuer, nurse)
    honest(room)
    refresh(session, room.pilgrim, issuer, at=roads.EVENING)
    assert find_altered_dose(session, room.pilgrim.id) is None
    assert papers(session) > 1
    assert [*find_disagreements(session, issuer=issuer, at=roads.EVENING)] == []


def test_m1_a_dose_that_no_log_holds_is_left_to_the_log_audit(session: Session) -> None:
    """Doses of earlier releases, and those of the present act, have no entry yet."""
    pilgrim = make_pilgrim(session)
    give(session, pilgrim, make_lot(session))
    session.execute(text("DELETE FROM log_record"))
    session.expire_all()
    assert session.exec(select(Dose)).one()
    assert find_altered_dose(session, pilgrim.id) is None
