"""Registering, changing, and sight of pilgrims."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.db import Database
from registry.errors import Refusal
from registry.model import new_id
from registry.pilgrims import queries, services
from registry.pilgrims.intake import LikelyDuplicate
from registry.pilgrims.models import AccessGrant, Pilgrim, PilgrimDetails, PilgrimIdentifier, Registration
from registry.pilgrims.rows import RegistrationDetails
from registry.pilgrims.services import PassportTaken, PinTaken
from registry.tallies.models import Tally
from tests.factories import NOW, make_pilgrim, pilgrim_details, the_campaign

PIN = "10201196000001"


CLERK = new_id()


def register(
    session: Session, details: PilgrimDetails, *, key: uuid.UUID | None = None, confirmed: tuple[str, ...] = ()
) -> Pilgrim:
    return services.register_pilgrim(
        session,
        details,
        RegistrationDetails("KG-N"),
        id=key or new_id(),
        campaign=the_campaign(session),
        by=CLERK,
        at=NOW,
        confirmed=confirmed,
    )


def refusals(session: Session, details: PilgrimDetails, *, confirmed: tuple[str, ...] = ()) -> set[type[Refusal]]:
    with pytest.raises(Refusal) as caught:
        register(session, details, confirmed=confirmed)
    return {type(refusal) for refusal in caught.value.all}


def test_registering_writes_pilgrim_place_identifiers_counter_and_audit(session: Session) -> None:
    pilgrim = register(session, pilgrim_details(birth_on="1960-01-02", pin=PIN, phone="0555 000 123"))
    assert pilgrim.phone == "+996555000123"
    assert queries.get_registration(session, pilgrim.id, the_campaign(session).code).region_code == "KG-N"
    found = session.exec(select(PilgrimIdentifier.value).where(PilgrimIdentifier.pilgrim_id == pilgrim.id))
    assert set(found) == {pilgrim.passport_number, PIN}
    assert sum(tally.count for tally in session.exec(select(Tally))) == 1
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.REGISTERED)).one()
    assert event.pilgrim_id == pilgrim.id
    assert pilgrim.surname not in str(event.detail)


def test_the_same_form_sent_twice_is_one_pilgrim(session: Session) -> None:
    key, details = new_id(), pilgrim_details()
    first, second = register(session, details, key=key), register(session, details, key=key)
    assert first.id == second.id
    assert sum(tally.count for tally in session.exec(select(Tally))) == 1


def test_a_passport_number_leads_to_one_pilgrim_only(session: Session) -> None:
    first = register(session, pilgrim_details())
    twin = pilgrim_details(passport_number=first.passport_number.lower(), surname="Башка", latin_surname="BASHKA")
    assert refusals(session, twin) == {PassportTaken}


def test_a_pin_leads_to_one_pilgrim_only(session: Session) -> None:
    register(session, pilgrim_details(birth_on="1960-01-02", pin=PIN, surname="Башка", latin_surname="BASHKA"))
    assert refusals(session, pilgrim_details(birth_on="1960-01-02", pin=PIN)) == {PinTaken}


def test_a_namesake_born_the_same_day_is_asked_about_and_may_be_confirmed(session: Session) -> None:
    register(session, pilgrim_details(birth_on="1960-01-02"))
    namesake = pilgrim_details(birth_on="1960-01-02", surname="АСАНБЕКОВА", given_name="айгул")
    assert refusals(session, namesake) == {LikelyDuplicate}
    assert register(session, namesake, confirmed=(".LikelyDuplicate",))


def test_a_year_only_birth_date_is_like_any_day_of_that_year(session: Session) -> None:
    register(session, pilgrim_details(birth_on="1960-05-17"))
    assert refusals(session, pilgrim_details(birth_on="1960-01-01", birth_precision="year")) == {LikelyDuplicate}


def test_twins_of_one_telephone_are_asked_about_and_neighbours_are_not(session: Session) -> None:
    register(session, pilgrim_details(birth_on="1960-01-02", phone="+996555000123"))
    zuura: dict[str, Any] = {
        "surname": "Асанбекова",
        "given_name": "Зуура",
        "latin_given_name": "ZUURA",
        "phone": "+996555000123",
    }
    assert refusals(session, pilgrim_details(birth_on="1960-01-02", **zuura)) == {LikelyDuplicate}
    assert register(session, pilgrim_details(birth_on="1960-01-03", **zuura))


def test_a_person_of_another_name_and_day_is_nobodys_duplicate(session: Session) -> None:
    register(session, pilgrim_details(birth_on="1960-01-02"))
    assert register(session, pilgrim_details(birth_on="1960-01-03"))


def test_a_pilgrim_too_young_for_the_campaign_is_asked_about(session: Session) -> None:
    with pytest.raises(Refusal, match="under 15 years"):
        register(session, pilgrim_details(birth_on="2012-01-01"))


def test_a_changed_name_is_found_and_the_old_one_no_more(session: Session) -> None:
    pilgrim = make_pilgrim(session)
    details = pilgrim_details(
        birth_on=pilgrim.birth_on, passport_number="AC7654321", surname="Бурханова", latin_surname="BURKHANOVA"
    )
    changes = services.change_details(session, pilgrim, details, campaign=the_campaign(session), at=NOW)
    assert {change["field"] for change in changes} == {"surname", "latin_surname", "passport_number"}
    found = session.exec(select(PilgrimIdentifier).where(PilgrimIdentifier.pilgrim_id == pilgrim.id)).one()
    assert found.value == "AC7654321"
    likely = queries.list_likely_duplicates(session, details)
    assert [(p.id, why.value) for p, why in likely] == [(pilgrim.id, "passport")]


def test_changing_nothing_changes_nothing(session: Session) -> None:
    pilgrim = make_pilgrim(session)
    assert (
        services.change_details(
            session,
            pilgrim,
            PilgrimDetails.model_validate(pilgrim.model_dump()),
            campaign=the_campaign(session),
            at=NOW,
        )
        == []
    )


def test_a_new_telephone_does_not_ask_again_about_the_name(session: Session) -> None:
    doubts = ("latin_surname.LatinNameDiffers",)
    pilgrim = register(session, pilgrim_details(surname="Ибраимова"), confirmed=doubts)
    details = PilgrimDetails.model_validate({**pilgrim.model_dump(), "phone": "0555 000 123"})
    assert services.change_details(session, pilgrim, details, campaign=the_campaign(session), at=NOW) == [
        {"field": "phone", "old": None, "new": "+996555000123"}
    ]


def test_a_passport_number_of_somebody_else_cannot_be_taken_by_a_change(session: Session) -> None:
    other, pilgrim = make_pilgrim(session), make_pilgrim(session)
    details = PilgrimDetails.model_validate({**pilgrim.model_dump(), "passport_number": other.passport_number})
    with pytest.raises(Refusal) as caught:
        services.change_details(
            session, pilgrim, details, campaign=the_campaign(session), at=NOW, confirmed={".LikelyDuplicate"}
        )
    assert [type(refusal) for refusal in caught.value.all] == [PassportTaken]


def test_the_counter_of_registered_pilgrims_moves_with_the_region(session: Session) -> None:
    pilgrim = make_pilgrim(session)
    campaign = the_campaign(session)
    registration = queries.get_registration(session, pilgrim.id, campaign.code)
    changes = services.change_registration(session, registration, RegistrationDetails("KG-T"), campaign=campaign)
    assert {"field": "region_code", "old": "KG-N", "new": "KG-T"} in changes
    session.expire_all()
    counts = {tally.region_code: tally.count for tally in session.exec(select(Tally))}
    assert counts == {"KG-N": 0, "KG-T": 1}


def test_a_longer_sight_is_not_cut_short_by_a_shorter_one(session: Session) -> None:
    staff, pilgrim = new_id(), make_pilgrim(session)
    for hours in (100, 12):
        services.grant_access(session, staff_id=staff, pilgrim_id=pilgrim.id, until=NOW + timedelta(hours=hours))
    grant = session.get_one(AccessGrant, (staff, pilgrim.id))
    assert grant.until == NOW + timedelta(hours=100)


def test_who_looked_before_another_committed_is_refused_by_the_database(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = pilgrim_details()
    register(session, details)
    look, looks = queries.list_likely_duplicates, iter([True])

    def look_too_early(*args: Any) -> Any:
        return [] if next(looks, False) else look(*args)

    monkeypatch.setattr(queries, "list_likely_duplicates", look_too_early)
    assert refusals(session, details, confirmed=(".LikelyDuplicate",)) == {PassportTaken}
    assert len(session.exec(select(Registration)).all()) == 1


def test_of_two_clerks_who_register_one_passport_at_once_one_succeeds(real_database: Database) -> None:
    details, start = pilgrim_details(), threading.Barrier(2)

    def type_in(session: Session) -> str:
        try:
            register(session, details)
        except Refusal as refusal:
            return type(refusal.all[0]).__name__
        session.commit()
        return "registered"

    def clerk() -> str:
        start.wait()
        return real_database.run_transaction(type_in)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(future.result() for future in [pool.submit(clerk), pool.submit(clerk)])
    assert outcomes == ["PassportTaken", "registered"]
    with real_database.open_session(writes=False) as session:
        assert len(session.exec(select(Registration)).all()) == 1


@pytest.mark.parametrize(
    ("before", "change", "asked"),
    [
        ({"nationality": "UZB", "passport_number": "A12345678"}, {"nationality": "KGZ"}, "passport_number"),
        ({}, {"birth_on": date(2024, 1, 1)}, "birth_on"),
        ({}, {"birth_on": date(2014, 1, 1)}, "birth_on"),
    ],
    ids=["another nationality", "a child", "a youth"],
)
def test_n35_a_correction_is_asked_what_a_registration_of_its_result_would_be(
    session: Session, before: dict[str, Any], change: dict[str, Any], asked: str
) -> None:
    pilgrim = make_pilgrim(session, **before)
    details = PilgrimDetails.model_validate({**pilgrim.model_dump(), **change})
    with pytest.raises(Refusal) as refused:
        services.change_details(session, pilgrim, details, campaign=the_campaign(session), at=NOW)
    assert {one.field for one in refused.value.all} == {asked}
