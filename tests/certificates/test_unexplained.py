"""Details altered in the pilgrim's row, and papers altered with it: no road signs them (security M1)."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select, text

from registry.audit.models import Action
from registry.audit.queries import list_events
from registry.certificates import services
from registry.certificates.decisions import RecordAltered
from registry.certificates.keys import Issuer, create_keys, load_issuer, rotate_signer
from registry.certificates.models import Cause, Certificate
from registry.commands.agreement import find_disagreements
from registry.model import new_id
from registry.settings import Settings
from registry.staff.models import Staff
from tests.certificates import roads
from tests.certificates.stories import LATER, certify, refresh, set_right
from tests.certificates.test_altered import alter
from tests.factories import NOW
from tests.room.test_services import Room

GHOST = "UPDATE pilgrim SET latin_given_name = 'AIGULGHOST'"


def sell(room: Room) -> None:
    """Somebody writes another name into the pilgrim's row."""
    room.session.flush()
    room.session.execute(text(GHOST))
    room.session.refresh(room.pilgrim)


def taken_and_given_again(room: Room) -> None:
    roads.dose_withdrawn(room)
    roads.dose_entered_again(room)


def key_back(room: Room) -> None:
    roads.key_away(room)
    roads.late_paper(room)


def replaced_as_lost(room: Room) -> None:
    lost = {"id": new_id(), "cause": Cause.LOST, "reason": "On the bus to Osh", "issuer": room.issuer, "by": new_id()}
    with pytest.raises(RecordAltered):
        services.replace_lost(room.session, room.pilgrim, roads.revoked_of(room), at=LATER, **lost)  # type: ignore[arg-type]


SIGNING_ROADS: dict[str, Callable[[Room], None]] = {
    "a correction of the telephone": roads.telephone,
    "a correction of the group": roads.group,
    "a correction of the name": roads.name,
    "a correction of the dose": roads.dose_corrected,
    "a correction of the lot": roads.lot_corrected,
    "a refused visit": roads.visit_refused,
    "a visit after a withdrawal": roads.visit_after_a_withdrawal,
    "a dose withdrawn and entered again": taken_and_given_again,
    "the key away and back": key_back,
    "an import": roads.listed_again,
    "the command": roads.refresh_command,
    "a lost paper": replaced_as_lost,
}


@pytest.mark.parametrize("road", SIGNING_ROADS)
@pytest.mark.parametrize("paper_too", [False, True], ids=["the row", "the row and the paper"])
def test_m1_what_somebody_altered_is_signed_by_no_road(
    session: Session, issuer: Issuer, nurse: Staff, road: str, *, paper_too: bool
) -> None:
    room = roads.certified_room(session, issuer, nurse)
    if paper_too:
        alter("SELECT 1", latin_name="ASANBEKOVA AIGULGHOST")(session, roads.revoked_of(room))
    sell(room)
    SIGNING_ROADS[road](room)
    refresh(session, room.pilgrim, issuer, at=roads.EVENING)
    session.expire_all()
    assert len(session.exec(select(Certificate)).all()) == 1
    alarms = [event for event in list_events(session) if event.action is Action.CODES_DIFFER]
    night = find_disagreements(session, issuer=issuer, at=roads.EVENING)
    assert alarms or [one.alarm is not None for one in night] == [True]


@pytest.mark.parametrize(
    ("statement", "fact"),
    [
        ("latin_surname = 'GHOST'", "latin_name"),
        ("surname = 'Элес'", "cyrillic_name"),
        ("patronymic = ''", "cyrillic_name"),
        ("birth_on = '1971-02-03'", "birth_date"),
        ("birth_precision = 'year'", "birth_precision"),
        ("sex = 'male'", "sex"),
        ("nationality = 'KAZ'", "nationality"),
        ("passport_number = 'PE7777777'", "passport_number"),
    ],
)
def test_m1_each_detail_altered_in_the_row_alone_is_an_alarm_and_no_new_paper(
    session: Session, issuer: Issuer, statement: str, fact: str
) -> None:
    pilgrim, certificate = certify(session, issuer, patronymic="Бакытовна")
    session.execute(text(f"UPDATE pilgrim SET {statement}"))  # noqa: S608 - the rows above
    session.expire_all()
    assert refresh(session, pilgrim, issuer, at=LATER) is certificate
    (found,) = find_disagreements(session, issuer=issuer, at=LATER)
    assert found.alarm is not None
    assert found.alarm.differing == (fact,)
    assert "no correction tells why" in found.why


def test_m1_details_that_corrections_explain_are_signed(session: Session, issuer: Issuer) -> None:
    """In several steps, there and back, in the same moment, and names field by field."""
    pilgrim, _certificate = certify(session, issuer)
    for changes in (
        {"latin_given_name": "AIGULI"},
        {"latin_given_name": "AIGUL", "latin_surname": "ASANBEK KYZY"},
        {"latin_surname": "ASANBEKOVA", "birth_on": date(1955, 3, 13)},
        {"birth_on": date(1955, 3, 12), "phone": "+996555000123"},
        {"latin_surname": "ASANBEKOV", "passport_number": "AC1234567"},
    ):
        set_right(session, pilgrim, **changes)
    second = refresh(session, pilgrim, issuer, at=LATER)
    assert second is not None
    assert (second.number, second.facts["latin_name"]) == (2, "ASANBEKOV AIGUL")


def test_m1_a_correction_from_what_somebody_altered_explains_nothing_but_one_back_does(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = roads.certified_room(session, issuer, nurse)
    sell(room)
    set_right(session, room.pilgrim, latin_given_name="AIGULGHOSTS")
    assert refresh(session, room.pilgrim, issuer, at=LATER) is roads.revoked_of(room)
    assert roads.revoked_of(room).number == 1
    set_right(session, room.pilgrim, latin_given_name="AIGUL")
    assert refresh(session, room.pilgrim, issuer, at=LATER) is roads.revoked_of(room)
    assert [*find_disagreements(session, issuer=issuer, at=LATER)] == []
    set_right(session, room.pilgrim, latin_given_name="AIGULI")
    paper = refresh(session, room.pilgrim, issuer, at=LATER)
    assert paper is not None
    assert paper.number == 2


def test_m1_an_earlier_name_written_back_past_the_registry_is_altered(session: Session, issuer: Issuer) -> None:
    pilgrim, _certificate = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    assert refresh(session, pilgrim, issuer, at=LATER)
    session.execute(text("UPDATE pilgrim SET latin_given_name = 'AIGUL'"))
    session.expire_all()
    (found,) = find_disagreements(session, issuer=issuer, at=LATER)
    assert found.alarm is not None
    refresh(session, pilgrim, issuer, at=LATER)
    assert len(session.exec(select(Certificate)).all()) == 2


def test_m1_a_new_paper_after_a_decision_signs_no_altered_row_either(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    room = roads.revoked_room(session, issuer, nurse)
    sell(room)
    with pytest.raises(RecordAltered):
        roads.issue_again(room, roads.revoked_of(room))
    set_right(session, room.pilgrim, latin_given_name="AIGUL")
    assert roads.issue_again(room, roads.revoked_of(room)).facts["latin_name"] == "ASANBEKOVA AIGUL"


def test_m1_a_paper_that_a_retired_key_signed_is_no_altered_one(session: Session, tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    create_keys(settings, at=NOW)
    pilgrim, _certificate = certify(session, load_issuer(settings))
    rotate_signer(settings, at=LATER)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    paper = refresh(session, pilgrim, load_issuer(settings), at=LATER)
    assert paper is not None
    assert paper.number == 2


def test_m1_a_paper_whose_codes_strangers_signed_is_not_replaced(
    session: Session, issuer: Issuer, tmp_path: Path
) -> None:
    """Code and paper agree: whoever altered both made keys of their own."""
    stranger = Settings(var_dir=tmp_path)
    create_keys(stranger, at=NOW)
    pilgrim, certificate = certify(session, load_issuer(stranger))
    set_right(session, pilgrim, latin_given_name="AIGULI")
    assert refresh(session, pilgrim, issuer, at=LATER) is certificate
