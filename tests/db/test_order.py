"""The order of locks (faults FA1), and the watch over it that stands in every test."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from sqlmodel import Session, select

from registry import create_app
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.db import Database, order
from registry.db.order import Rank
from registry.model import new_id
from registry.settings import Settings
from registry.staff import services as staff
from registry.vaccinations.models import Dose
from registry.vaccines.models import Stock
from tests import ordering
from tests.db.rounds import ROUNDS
from tests.engines import Engine
from tests.factories import NARYN, NOW, make_examination, make_pilgrim, make_staff
from tests.room.test_routes import visit_data
from tests.room.test_services import Room

NURSES = 8


def test_what_is_left_to_the_end_is_written_in_the_order_of_its_kind_and_key(session: Session) -> None:
    written: list[str] = []

    def leave(rank: Rank, key: str) -> None:
        order.at_end(session, rank, (key,), lambda: written.append(f"{rank.name} {key}"))

    @order.in_order
    def given_up(session: Session) -> None:
        leave(Rank.COUNTER, "given up")
        raise LookupError

    @order.in_order
    def inner(session: Session) -> None:
        leave(Rank.LOG, "VP-NRN")
        leave(Rank.COUNTER, "b")

    @order.in_order
    def outer(session: Session) -> None:
        inner(session)
        with pytest.raises(LookupError):
            given_up(session)
        leave(Rank.COUNTER, "a")
        assert not written

    outer(session)
    assert written == ["COUNTER a", "COUNTER b", "LOG VP-NRN"]
    leave(Rank.LOG, "alone")
    assert written[-1] == "LOG alone"


def test_a_service_that_was_refused_leaves_nothing_behind(session: Session) -> None:
    @order.in_order
    def refused(session: Session) -> None:
        order.at_end(session, Rank.LOG, ("",), lambda: pytest.fail("written"))
        raise LookupError

    with pytest.raises(LookupError):
        refused(session)
    order.in_order(lambda session: None)(session)


def test_the_watch_sees_the_locks_of_a_visit(session: Session, issuer: Issuer, engine: Engine) -> None:
    before = dict(ordering.counted)
    Room(session, issuer, make_staff(session, point=NARYN)).record()
    ranks = {Rank.STOCK, Rank.COUNTER, Rank.LOG}
    if session.get_bind().dialect.name == "postgresql":
        ranks.add(Rank.REGISTRATION)
    assert {rank for rank in Rank if ordering.counted[rank] > before[rank]} >= ranks


@pytest.mark.parametrize(
    ("rank", "key", "fault"),
    [
        (Rank.STOCK, ("VP-NRN", "9"), None),
        (Rank.STOCK, ("VP-NRN", "1"), "out of order"),
        (Rank.REGISTRATION, "a pilgrim", "after"),
        (Rank.ATTEMPT, 7, "after"),
        (Rank.COUNTER, ("x",), None),
    ],
)
def test_the_watch_knows_a_lock_out_of_order(rank: Rank, key: Any, fault: str | None) -> None:
    scope = ordering.Scope()
    assert scope.take(Rank.STOCK, [("VP-NRN", "5")]) is None
    found = scope.take(rank, [key])
    assert (fault in found) if fault and found else found is fault
    assert scope.take(rank, [key]) is None, "what is held is not taken again"


@pytest.mark.parametrize(("keys", "fault"), [((3, 7), None), ((7, 3), "out of order")])
def test_the_watch_knows_attempts_out_of_order(keys: tuple[int, int], fault: str | None) -> None:
    scope = ordering.Scope()
    found = [scope.take(Rank.ATTEMPT, [key]) for key in keys][-1]
    assert (fault in found) if fault and found else found is fault


@dataclass
class Morning:
    """Eight signed-in nurses of one point, and pilgrims who were examined."""

    database: Database
    app: Flask
    lots: dict[str, Any] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)

    def open(self) -> None:
        with self.database.open_session(writes=True) as session:
            nurse = make_staff(session, point=NARYN)
            self.lots = visit_data(session, nurse)
            session.execute(update(Stock).values(doses_on_hand=10_000))
            for number in range(NURSES):
                nurse = make_staff(session, point=NARYN, name=f"Nurse {number}")
                self.cookies.append(
                    staff.open_session(session, nurse, at=NOW, lifetime=timedelta(hours=12), address="test")
                )
            session.commit()

    def examine(self) -> list[UUID]:
        with self.database.open_session(writes=True) as session:
            pilgrims = [make_pilgrim(session) for _ in range(NURSES)]
            for pilgrim in pilgrims:
                make_examination(session, pilgrim)
            session.commit()
            return [pilgrim.id for pilgrim in pilgrims]

    def record_all(self, pilgrims: list[UUID]) -> list[int]:
        """All at the same moment; every second nurse refuses the first vaccine."""
        barrier = Barrier(NURSES)

        def record(number: int) -> int:
            browser = self.app.test_client()
            browser.set_cookie("session", self.cookies[number])
            form = {**self.lots, "idempotency_key": str(new_id())}
            if number % 2:
                form["menacwy-not_given"] = "refused"
            barrier.wait()
            return browser.post(f"/pilgrims/{pilgrims[number]}/visit", data=form).status_code

        with ThreadPoolExecutor(NURSES) as nurses:
            return list(nurses.map(record, range(NURSES)))


@pytest.fixture
def morning(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Morning]:
    """How long anybody waits is tested elsewhere: here a busy machine must not look like a deadlock."""
    for place in ("registry.db.patience.PATIENCE", "registry.db.sessions.PATIENCE"):
        monkeypatch.setattr(place, 60.0)
    database = Database(engine.fresh("morning"), limited=True)
    app = create_app(settings, database)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    made = Morning(database, app)
    made.open()
    yield made
    database.engine.dispose()


@pytest.mark.real_commit
def test_fa1_mixed_visits_of_one_point_all_at_once_are_all_recorded(morning: Morning) -> None:
    """41 of 96 were answered 503 on PostgreSQL: one held the log and wanted a lot, the other the reverse."""
    answers = [status for _ in range(ROUNDS) for status in morning.record_all(morning.examine())]
    assert set(answers) == {302}, f"{sum(status != 302 for status in answers)} of {len(answers)}"
    with morning.database.open_session(writes=False) as session:
        assert len(session.exec(select(Dose)).all()) == ROUNDS * NURSES * 3 // 2
        assert len(session.exec(select(Certificate)).all()) == ROUNDS * NURSES // 2
