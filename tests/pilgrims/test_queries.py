"""Who finds whom."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from registry.errors import NotFound
from registry.pilgrims import queries, services
from registry.pilgrims.queries import Found
from registry.staff import queries as staff_queries
from registry.staff.models import Staff
from registry.staff.queries import Actor
from tests.factories import CAMPAIGN, NOW, OSH, TODAY, make_pilgrim, make_staff
from tests.statements import statements

OSH_WOMAN: dict[str, Any] = {
    "region": "KG-O",
    "surname": "Маматова",
    "given_name": "Зуура",
    "latin_surname": "MAMATOVA",
    "latin_given_name": "ZUURA",
    "passport_number": "PE0099001",
    "birth_on": "1960-01-02",
    "pin": "10201196000001",
    "phone": "+996555000777",
}


def as_actor(session: Session, staff: Staff) -> Actor:
    return staff_queries.actor_for(session, staff, on=TODAY)


def find(session: Session, text: str, staff: Staff) -> Found:
    return queries.search(session, text, actor=as_actor(session, staff), campaign_code=CAMPAIGN)


def found_ids(session: Session, text: str, staff: Staff) -> list[object]:
    return [match.pilgrim.id for match in find(session, text, staff).pilgrims]


@pytest.fixture
def osh_nurse(session: Session) -> Staff:
    return make_staff(session, "vaccinator", point=OSH)


@pytest.mark.parametrize(
    "text",
    [
        "Маматова",
        "МАМАТОВА зуура",
        "zuura mamatova",
        "mamat",
        "матов",
        "зуур",
        "0555 000 777",
        "+996555000777",
        "0777",
        "Маматова 0777",
        "PE0099001",
        "pe 0099001",
        "ре0099001",
        "ЗУ0099001",
        "1020 1196 0000 01",
    ],
)
def test_a_pilgrim_of_the_own_region_is_found_by(text: str, session: Session, osh_nurse: Staff) -> None:
    pilgrim = make_pilgrim(session, **OSH_WOMAN)
    make_pilgrim(session, region="KG-O")
    assert found_ids(session, text, osh_nurse) == [pilgrim.id]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "%%%", "____", "М%а", "м", "'; DROP TABLE pilgrim; --", "~~~~"])
def test_wildcards_and_short_texts_find_nobody(text: str, session: Session, osh_nurse: Staff) -> None:
    make_pilgrim(session, **OSH_WOMAN)
    assert find(session, text, osh_nurse) == Found([])


def test_every_word_must_match(session: Session, osh_nurse: Staff) -> None:
    make_pilgrim(session, **OSH_WOMAN)
    assert found_ids(session, "Маматова Айгүл", osh_nurse) == []


def test_a_part_of_a_name_finds_only_pilgrims_of_the_own_regions(session: Session, nurse: Staff) -> None:
    make_pilgrim(session, **OSH_WOMAN)
    for text in ("Маматова", "0555 000 777", "PE00990", "1020119600000"):
        assert found_ids(session, text, nurse) == []


@pytest.mark.parametrize("text", ["PE0099001", "10201196000001"])
def test_a_full_number_finds_a_pilgrim_of_another_region(text: str, session: Session, nurse: Staff) -> None:
    pilgrim = make_pilgrim(session, **OSH_WOMAN)
    found = find(session, text, nurse)
    assert found.by_identifier
    assert [match.pilgrim.id for match in found.pilgrims] == [pilgrim.id]


def test_one_point_serves_both_regions_of_osh(session: Session, osh_nurse: Staff) -> None:
    for region in ("KG-O", "KG-GO"):
        assert queries.may_see(
            session, make_pilgrim(session, region=region).id, actor=as_actor(session, osh_nurse), at=NOW
        )


def test_a_pilgrim_out_of_sight_does_not_exist(session: Session, nurse: Staff) -> None:
    pilgrim, actor = make_pilgrim(session, **OSH_WOMAN), as_actor(session, nurse)
    with pytest.raises(NotFound):
        queries.get_pilgrim(session, pilgrim.id, actor=actor, at=NOW)
    services.grant_access(session, staff_id=nurse.id, pilgrim_id=pilgrim.id, until=NOW + timedelta(hours=1))
    assert queries.get_pilgrim(session, pilgrim.id, actor=actor, at=NOW).id == pilgrim.id
    with pytest.raises(NotFound):
        queries.get_pilgrim(session, pilgrim.id, actor=actor, at=NOW + timedelta(hours=1))


def test_another_nurses_grant_gives_no_sight(session: Session, nurse: Staff, outsider: Staff) -> None:
    pilgrim = make_pilgrim(session, **OSH_WOMAN)
    services.grant_access(session, staff_id=nurse.id, pilgrim_id=pilgrim.id, until=NOW + timedelta(hours=1))
    assert not queries.may_see(session, pilgrim.id, actor=as_actor(session, outsider), at=NOW)


def test_a_national_immunologist_sees_everybody(session: Session) -> None:
    pilgrim = make_pilgrim(session, **OSH_WOMAN)
    assert found_ids(session, "Маматова", make_staff(session, "immunologist")) == [pilgrim.id]


def test_the_names_found_stand_in_kyrgyz_order(session: Session, nurse: Staff) -> None:
    for surname, latin in (
        ("Өмүров Асан", "OMUROV ASAN"),
        ("Орозов Асан", "OROZOV ASAN"),
        ("Пазылов Асан", "PAZYLOV ASAN"),
    ):
        make_pilgrim(session, surname=surname, latin_surname=latin)
    found = find(session, "асан", nurse)
    assert [m.pilgrim.surname.split()[0] for m in found.pilgrims] == ["Орозов", "Өмүров", "Пазылов"]


def test_more_matches_than_a_page_are_said_and_cost_no_more_queries(session: Session, nurse: Staff) -> None:
    counts = []
    for _ in range(2):
        for _ in range(15):
            make_pilgrim(session)
        session.flush()
        with statements(session.get_bind()) as asked:
            found = find(session, "Асанбекова", nurse)
        counts.append(len(asked))
    assert len(found.pilgrims) == 20
    assert found.more
    assert counts[0] == counts[1]


def test_an_index_answers_every_step_of_a_search(session: Session, nurse: Staff) -> None:
    """SQLite tells how it will run a statement: no table may be walked from end to end."""
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL rightly walks tables of three rows")
    make_pilgrim(session, **OSH_WOMAN)
    with statements(session.get_bind()) as asked:
        find(session, "асанбек 0777", nurse)
        find(session, "PE0099001", nurse)
    pilgrim_reads = [one for one in asked if "pilgrim" in one.text]
    assert len(pilgrim_reads) >= 5
    connection = session.connection()
    for text, values in pilgrim_reads:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
        walked = [row[-1] for row in plan if re.match(r"SCAN (pilgrim|registration)", row[-1])]
        assert not walked, plan


@pytest.mark.parametrize("text", ["Жээ", "ZHEE", "жээнб"])
def test_two_folded_letters_begin_a_name(text: str, session: Session, osh_nurse: Staff) -> None:
    pilgrim = make_pilgrim(session, **{**OSH_WOMAN, "surname": "Жээнбекова", "latin_surname": "ZHEENBEKOVA"})
    assert [found.pilgrim.id for found in find(session, text, osh_nurse).pilgrims] == [pilgrim.id]
