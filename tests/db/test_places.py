"""Places for writers: how many, in which order, and who is told at once (security: one long act stopped every page)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.db import Database, DatabaseBusy, patience
from registry.db.places import NOTES, THREADS, WAITING, WRITERS, Places

LONG = 60.0


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.db.places.MOMENT", 0.2)


def test_half_of_the_threads_are_left_to_readers() -> None:
    assert WRITERS + WAITING + NOTES <= THREADS / 2


def test_nine_nurses_with_quick_visits_are_all_served() -> None:
    places, inside, most = Places(2), [0], [0]

    def visit(_number: int) -> None:
        for _ in range(20):
            places.take(LONG)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            places.give_back()

    with ThreadPoolExecutor(9) as nurses:
        list(nurses.map(visit, range(9)))
    assert most[0] <= 2


def waits(places: Places, within: float = LONG) -> tuple[threading.Thread, list[str]]:
    said: list[str] = []

    def take() -> None:
        try:
            places.take(within)
            said.append("in")
        except DatabaseBusy:
            said.append("busy")

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    return thread, said


def test_where_nothing_moves_only_the_first_goes_on_waiting() -> None:
    places = Places(1, waiting=1)
    places.take(LONG)
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
    places.give_back()
    first.join(LONG)
    assert said_first == ["in"]


@pytest.mark.parametrize("within", [0.0, -1.0, 0.05])
def test_nobody_waits_longer_than_their_patience(within: float) -> None:
    places = Places(1, waiting=5)
    places.take(LONG)
    thread, said = waits(places, within)
    thread.join(LONG)
    assert said == ["busy"]
    places.give_back()
    places.take(0.1)  # who gave up left nothing behind


@pytest.fixture
def narrow(real_database: Database) -> Database:
    """A database with one place of each kind."""
    real_database._pages, real_database._notes = Places(1), Places(1)
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
    narrow._pages.take(LONG)
    with patience.of_view():
        assert narrow.run_transaction(lambda session: bool(session.connection()))


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
