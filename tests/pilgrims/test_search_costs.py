"""What a search may cost: security B3, speed S0.3. Counted in steps of the database, never by the clock."""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlmodel import Session

from registry.db import Database
from registry.model import new_id
from registry.pilgrims import queries
from registry.pilgrims.models import Pilgrim, PilgrimSearchKey, Registration
from registry.staff.models import Staff
from tests.conftest import SignIn
from tests.engines import Engine
from tests.factories import CAMPAIGN, NOW, make_pilgrim, make_staff
from tests.pilgrims.test_queries import find, found_ids
from tests.statements import statements

SURNAMES, GIVEN = ("asanov", "asanbekov", "mamatov", "toktogulov"), ("aigul", "aida", "gulnara", "zamira")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A-" * 25_000, id="the attack"),
        pytest.param("а б в г д е ж", id="seven words"),
        pytest.param("ж" * 101, id="a letter too many"),
        pytest.param("1 " * 60, id="digits"),
        pytest.param("HC1:" + "6BF" * 170, id="a signed code"),
    ],
)
def test_b3_a_search_that_is_too_long_is_refused_and_kept(
    text: str, session: Session, nurse: Staff, sign_in: SignIn
) -> None:
    client = sign_in(nurse)
    with statements(session.get_bind()) as asked:
        page = post(client, text)
    assert "at most 6 words and 100 letters" in page
    assert text.strip() in page
    assert not [one for one in asked if "pilgrim_search_key" in one.text or "pilgrim_identifier" in one.text]


@pytest.mark.parametrize("text", ["асан " * 6, "P<KGZASANBEKOVA<<AIGUL" + "<" * 70, "0555 " * 6])
def test_b3_a_search_within_the_limits_is_answered(text: str, nurse: Staff, sign_in: SignIn) -> None:
    assert "at most 6 words" not in post(sign_in(nurse), text)


def test_b3_a_text_that_is_too_long_fills_no_registration(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_staff(session, "registrar", point="VP-NRN"))
    answer = client.post("/pilgrims/new/from-search", data={"text": "PE0099001" + " " * 100_000})
    assert answer.status_code == 200
    assert "PE0099001" not in answer.text


def post(client: FlaskClient, text: str) -> str:
    answer = client.post("/pilgrims", data={"text": text})
    assert answer.status_code == 200
    return answer.text


@pytest.fixture(scope="module")
def registers(engine: Engine) -> Iterator[Sequence[Database]]:
    """One of a thousand people, and one five times as large."""
    made = []
    for name, fillings in (("few", (1_000,)), ("many", (1_000, 4_000))):
        made.append(Database(engine.fresh(name)))
        with made[-1].open_session(writes=True) as session:
            for many in fillings:
                fill(session, many)
            session.commit()
    yield made
    for database in made:
        database.engine.dispose()


@pytest.mark.parametrize(
    ("words", "region"),
    [
        ("asan ai", "KG-O"),  # two common parts, many found
        ("asan ai", "KG-T"),  # nobody of a small region
        ("asan zamir", "KG-B"),  # of a region without pilgrims
        ("ov a", "KG-O"),
        ("asan", "KG-B"),  # one word, nobody in scope
        ("ov as gul ai an mam", "KG-O"),
    ],
)
def test_s03_the_cost_of_a_search_does_not_grow_with_the_register(
    words: str, region: str, registers: Sequence[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_WALKED", 200)
    costs = []
    for register in registers:
        with register.open_session(writes=True) as session:
            searcher = make_staff(session, "lead", region=region)
            costs.append(cost_of(session, words, searcher))
            session.rollback()
    assert costs[1] <= 1.3 * costs[0] + 400, costs


def test_s03_whole_names_are_found_among_any_number(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_WALKED", 200)
    searcher = make_staff(session, "lead", region="KG-T")
    fill(session, 2_000)
    wanted = make_pilgrim(
        session, region="KG-T", latin_surname="ZZASANOV", latin_given_name="AIGUL", surname="Ззасанов"
    )
    assert find(session, "asanov aigu", searcher).more, "not all were looked at, and the page says so"
    assert found_ids(session, "Aigul Zzasanov", searcher) == [wanted.id]


def test_s03_a_small_region_is_searched_to_its_end(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_WALKED", 200)
    fill(session, 1_000)
    wanted = make_pilgrim(session, region="KG-B", latin_surname="ASANOV", latin_given_name="AIGUL", surname="Асанов")
    found = find(session, "san igu", make_staff(session, "lead", region="KG-B"))
    assert [one.pilgrim.id for one in found.pilgrims] == [wanted.id]
    assert not found.more


def test_s03_a_page_says_that_not_all_were_looked_at(
    session: Session, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_WALKED", 200)
    fill(session, 2_000)
    page = post(sign_in(make_staff(session, "lead", region="KG-T")), "asan igul")
    assert "Too many pilgrims have such a name" in page
    assert "Nobody was found" not in page


def fill(session: Session, many: int) -> None:
    """Keys and places of people, whole tables at a time. All are of Osh but 500, who are of Talas and no match."""
    people, keys, places = [], [], []
    for number in range(many):
        surname, given, talas = SURNAMES[number % 4], GIVEN[number // 4 % 4], number < 500
        person = new_id()
        names = ["bekova", "nurai"] if talas else [surname, given]
        people.append(pilgrim_row(person, number))
        keys += [{"key": word[at:], "pilgrim_id": person} for word in names for at in range(len(word) - 2)]
        places.append(place_of(person, "KG-T" if talas else "KG-O"))
    for table, rows in ((Pilgrim, people), (PilgrimSearchKey, keys), (Registration, places)):
        session.execute(insert(table), rows)


def pilgrim_row(person: uuid.UUID, number: int) -> dict[str, Any]:
    named = {"latin_surname": "A", "surname": "А", "given_name": "", "latin_given_name": "", "patronymic": ""}
    born = {"birth_on": NOW.date(), "birth_precision": "day", "sex": "female", "nationality": "KGZ"}
    return {
        **named, **born, "id": person, "passport_number": f"ZZ{number:07d}", "sort_name": "a", "registered_at": NOW,
        "registered_by_id": person,
    }  # fmt: skip


def place_of(person: uuid.UUID, region: str, group: str = "") -> dict[str, Any]:
    return {
        "id": new_id(), "pilgrim_id": person, "campaign_code": CAMPAIGN, "region_code": region, "group_name": group,
        "point_code": "", "registered_at": NOW, "registered_by_id": person,
    }  # fmt: skip


def cost_of(session: Session, words: str, searcher: Staff) -> int:
    """Work of the search's own statements: hundreds of virtual machine steps on SQLite, rows passed on PostgreSQL."""
    if session.get_bind().dialect.name == "sqlite":
        with counted_steps(session) as steps:
            find(session, words, searcher)
        return len(steps)
    session.connection().exec_driver_sql("ANALYZE pilgrim_search_key, registration")
    # As it plans for tables that are large: of a few thousand rows it rightly reads all.
    session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    session.connection().exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    with statements(session.get_bind()) as asked:
        find(session, words, searcher)
    plans = [explain(session, *one) for one in asked if "pilgrim_search_key" in one.text]
    return sum(map(passed, plans))


@contextmanager
def counted_steps(session: Session) -> Iterator[list[int]]:
    steps: list[int] = []
    driver: Any = session.connection().connection.dbapi_connection
    driver.set_progress_handler(lambda: steps.append(1), 100)
    yield steps
    driver.set_progress_handler(None, 0)


def explain(session: Session, text: str, values: Any) -> dict[str, Any]:
    plan = session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", values).scalar_one()
    found: dict[str, Any] = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found


def passed(node: dict[str, Any]) -> int:
    own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(own) + sum(passed(child) for child in node.get("Plans", []))
