"""Places for writers: how many, for whom, in which order, and who is told at once.

Security: one long act stopped every page; and one lot that somebody kept stopped every other point and sign-in.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session

from registry.db import Database, DatabaseBusy, patience
from registry.db.places import DOORS, NOTES, THREADS, WAITING, WRITERS, Place, Places
from tests.conftest import SignIn
from tests.factories import NARYN, OSH, make_staff

LONG = 60.0


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.db.places.MOMENT", 0.2)


def test_half_of_the_threads_are_left_to_readers() -> None:
    assert WRITERS + WAITING + DOORS + NOTES <= THREADS / 2


def test_nine_nurses_with_quick_visits_are_all_served() -> None:
    places, inside, most = Places(2), [0], [0]

    def visit(_number: int) -> None:
        for _ in range(20):
            place = places.take(LONG)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            places.give_back(place)

    with ThreadPoolExecutor(9) as nurses:
        list(nurses.map(visit, range(9)))
    assert most[0] <= 2


def waits(places: Places, within: float = LONG, *, whom: str = "") -> tuple[threading.Thread, list[str]]:
    said: list[str] = []

    def take() -> None:
        try:
            places.take(within, whom)
            said.append("in")
        except DatabaseBusy:
            said.append("busy")

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    return thread, said


def test_where_nothing_moves_only_the_first_goes_on_waiting() -> None:
    places = Places(1, waiting=1)
    kept = places.take(LONG)
    first, said_first = waits(places)
    while not places._queue:
        pass
    others = [waits(places) for _ in range(3)]
    for thread, said in others:
        thread.join(LONG)
        assert said == ["busy"]
    assert not said_first, "it waits on"
    late, said = waits(places)  # nothing has moved for long, so who comes now is told at once
    late.join(LONG)
    assert said == ["busy"]
    places.give_back(kept)
    first.join(LONG)
    assert said_first == ["in"]


@pytest.mark.parametrize("within", [0.0, -1.0, 0.05])
def test_nobody_waits_longer_than_their_patience(within: float) -> None:
    places = Places(1, waiting=5)
    kept = places.take(LONG)
    thread, said = waits(places, within)
    thread.join(LONG)
    assert said == ["busy"]
    places.give_back(kept)
    places.take(0.1)  # who gave up left nothing behind


def keep(places: Places, *whom: str) -> list[Place]:
    return [places.take(0.1, one) for one in whom]


@pytest.mark.parametrize(
    ("held", "more", "said"),
    [
        ("aa", "a", "busy"),
        ("aa", "b", "in"),
        ("aab", "c", "in"),
        ("aab", "b", "busy"),  # the last one is for who holds none
        ("abc", "a", "busy"),
        ("abc", "d", "in"),
        ("abcd", "e", "busy"),
    ],
)
def test_one_point_holds_some_of_the_places_and_never_the_last(held: str, more: str, said: str) -> None:
    places = Places(4, of_one=2)
    kept = keep(places, *held)
    thread, answer = waits(places, whom=more)
    thread.join(LONG)
    assert answer == [said]
    for place in kept:
        places.give_back(place)
    assert places._free == (4 if said == "busy" else 3), "all were given back"
    assert set(places._parties) == (set() if said == "busy" else {more}), "and nothing is kept of who left"


def test_who_can_have_a_place_does_not_stand_behind_who_cannot() -> None:
    places = Places(4, of_one=2, waiting=1)
    kept = keep(places, "a", "a")
    first, said_first = waits(places, whom="a")
    while not places._queue:
        pass
    places.take(0.1, "b")
    assert not said_first
    places.give_back(kept[0])
    first.join(LONG)
    assert said_first == ["in"]


def test_a_busy_point_does_not_make_those_of_a_stuck_one_wait_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.db.places.WAIT", LONG)
    places, ends = Places(4, of_one=2, waiting=0), threading.Event()
    keep(places, "a", "a")

    def visits() -> None:
        while not ends.is_set():
            places.give_back(places.take(LONG, "b"))

    busy = threading.Thread(target=visits, daemon=True)
    busy.start()
    thread, said = waits(places, whom="a")
    thread.join(10.0)
    ends.set()
    busy.join(LONG)
    assert said == ["busy"]


def test_a_place_that_was_held_for_long_has_not_moved_by_being_left() -> None:
    """Those who gave up at a kept row handed on to the next, and everybody waited for another moment."""
    places = Places(4, of_one=2, waiting=1)
    kept = keep(places, "a", "a")
    first, said_first = waits(places, whom="a")
    moved = places._parties["a"].moved
    time.sleep(0.3)  # longer than a moment
    places.give_back(kept[0])
    first.join(LONG)
    assert said_first == ["in"]
    patient, said_patient = waits(places, whom="a")
    while not places._queue:
        pass
    assert places._parties["a"].moved == moved, "so whoever comes now is told at once"
    with pytest.raises(DatabaseBusy):
        places.take(LONG, "a")
    assert not said_patient
    places.give_back(kept[1])
    patient.join(LONG)
    assert said_patient == ["in"]


@pytest.fixture
def narrow(real_database: Database) -> Database:
    """A database with one place of each kind."""
    places = real_database._places
    places.pages, places.doors, places.notes = Places(1), Places(1), Places(1)
    return real_database


def test_a_transaction_that_did_not_begin_gives_its_place_back(narrow: Database) -> None:
    """And one within another of the same view takes no second one; commands and jobs take none."""
    with narrow.open_session(writes=True), narrow.open_session(writes=True):
        pass
    with patience.of_view(), narrow.open_page_session(writes=True) as page:
        page.connection()
        with pytest.raises(DatabaseBusy), elsewhere(narrow):
            pass
        page.rollback()
        with elsewhere(narrow):
            pass


def test_a_note_of_a_look_never_stands_behind_the_pages_that_write(narrow: Database) -> None:
    narrow._places.pages.take(LONG)
    narrow._places.doors.take(LONG)
    with patience.of_view():
        assert narrow.run_transaction(lambda session: bool(session.connection()))


def test_the_door_has_places_of_its_own(narrow: Database) -> None:
    """A view writes for the point that its guard names; before that, and on public pages, it stands at the door."""
    narrow._places.pages.take(LONG)
    with patience.of_view("staff.sign_in"), narrow.open_page_session(writes=True) as page:
        page.connection()
    with patience.of_view("vaccinations.record"), narrow.open_page_session(writes=True) as page:
        patience.act_for("point VP-NRN")
        with pytest.raises(DatabaseBusy):
            page.connection()


@pytest.mark.parametrize(
    "case",
    [
        ("lead", {"point": NARYN}, "/stock/receive", 503),
        ("lead", {"point": OSH}, "/stock/receive", 200),
        ("immunologist", {"region": "KG-N"}, "/stock/receive", 200),
        ("ministry", {}, "/stock/receive", 403),
        ("lead", {"point": NARYN}, "/sign-out", 302),  # one's own account is no work of the point
    ],
)
def test_a_page_takes_the_places_of_who_is_signed_in(
    session: Session,
    database: Database,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    case: tuple[str, dict[str, Any], str, int],
) -> None:
    role, where, page, status = case
    monkeypatch.setattr("registry.db.places.WAIT", 0.2)
    keep(database._places.pages, f"point {NARYN}", f"point {NARYN}")
    assert sign_in(make_staff(session, role, **where)).post(page).status_code == status


class elsewhere:  # noqa: N801 - reads as a sentence
    """Another view's page, in a thread of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __enter__(self) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(self._write).result()

    def __exit__(self, *_: object) -> None:
        pass

    def _write(self) -> None:
        with patience.of_view(), self.database.open_page_session(writes=True) as page:
            page.connection()
