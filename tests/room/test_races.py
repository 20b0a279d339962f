"""Two nurses at the same moment, with real sessions and real commits."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from threading import Barrier, Event

import pytest
from sqlmodel import Session, select

from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.db import Database
from registry.errors import Refusal
from registry.examinations.queries import find_latest_examination
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.room import services
from registry.room.services import Visit
from registry.tallies.models import Tally
from registry.vaccinations.models import Dose
from registry.vaccinations.rules import DoseAlreadyRecorded
from registry.vaccinations.services import give_dose
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Stock
from registry.vaccines.rules import LastDoseTaken
from tests.factories import (
    CAMPAIGN,
    NARYN,
    NOW,
    make_examination,
    make_occasion,
    make_pilgrim,
    make_staff,
    the_campaign,
)
from tests.room.test_services import Room

pytestmark = pytest.mark.real_commit


class Desk:
    """What a thread needs to act on a committed pilgrim."""

    def __init__(self, database: Database, issuer: Issuer) -> None:
        self.database, self.issuer = database, issuer
        with database.open_session(writes=True) as session:
            room = Room(session, issuer, make_staff(session, point=NARYN))
            self.pilgrim_id, self.visit, self.lot_id = room.pilgrim.id, room.visit, room.menacwy.id
            session.commit()

    def record(self, session: Session, visit: Visit, key: uuid.UUID) -> Refusal | None:
        try:
            services.record_visit(
                session,
                session.get_one(Pilgrim, self.pilgrim_id),
                visit,
                id=key,
                campaign=the_campaign(session),
                point_code=NARYN,
                issuer=self.issuer,
                by=visit.given_by,
                at=NOW,
            )
            session.commit()
        except Refusal as refusal:
            return refusal.all[0]
        return None


@pytest.fixture
def desk(real_database: Database, issuer: Issuer) -> Desk:
    return Desk(real_database, issuer)


def at_once(desk: Desk, keys: list[uuid.UUID]) -> list[Refusal | None]:
    barrier = Barrier(len(keys))

    def press(key: uuid.UUID) -> Refusal | None:
        barrier.wait()
        return desk.database.run_transaction(lambda session: desk.record(session, desk.visit, key))

    with ThreadPoolExecutor(len(keys)) as threads:
        return list(threads.map(press, keys))


def test_of_two_nurses_at_the_same_moment_one_records_and_one_learns_of_it(desk: Desk) -> None:
    outcomes = at_once(desk, [new_id(), new_id()])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DoseAlreadyRecorded", "NoneType"]
    with desk.database.open_session(writes=False) as session:
        assert len(session.exec(select(Dose)).all()) == 2
        assert len(session.exec(select(Certificate)).all()) == 1
        assert vaccines.count_on_hand(session, point_code=NARYN, lot_id=desk.lot_id) == 19
        assert {tally.count for tally in session.exec(select(Tally))} == {1}


def test_of_two_nurses_with_one_last_dose_one_learns_who_took_it(desk: Desk) -> None:
    """Room F5: two pilgrims, two nurses, one vial."""
    with desk.database.open_session(writes=True) as session:
        one, other = (
            make_staff(session, point=NARYN, name="Бир Эмдөөчү"),
            make_staff(session, point=NARYN, name="Экинчи"),
        )
        pilgrim = make_pilgrim(session)
        make_examination(session, pilgrim)
        stock = session.get_one(Stock, (NARYN, desk.lot_id))
        stock.doses_on_hand = 1
        session.add(stock)
        people = [(desk.pilgrim_id, one.id), (pilgrim.id, other.id)]
        names = {one.name, other.name}
        session.commit()
    barrier = Barrier(2)

    def press(who: tuple[uuid.UUID, uuid.UUID]) -> Refusal | None:
        desk_of_one = copy(desk)
        desk_of_one.pilgrim_id = who[0]
        visit = replace(desk.visit, given_by=who[1])
        key = new_id()
        barrier.wait()
        return desk.database.run_transaction(lambda session: desk_of_one.record(session, visit, key))

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(press, people))
    (refused,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refused, LastDoseTaken)
    assert refused.facts["by"] in names
    with desk.database.open_session(writes=False) as session:
        assert len(session.exec(select(Dose)).all()) == 2  # both vaccines of one pilgrim, nothing of the other
        assert vaccines.count_on_hand(session, point_code=NARYN, lot_id=desk.lot_id) == 0


def test_the_same_form_sent_twice_at_once_is_one_visit(desk: Desk) -> None:
    key = new_id()
    assert at_once(desk, [key, key]) == [None, None]
    with desk.database.open_session(writes=False) as session:
        assert len(session.exec(select(Dose)).all()) == 2


def test_the_database_refuses_a_second_dose_that_nobody_could_see_coming(desk: Desk) -> None:
    """The second desk looks before the first has committed: only the unique constraint can tell them apart."""
    written, commit = Event(), Event()

    def give(session: Session) -> None:
        pilgrim = session.get_one(Pilgrim, desk.pilgrim_id)
        give_dose(
            session,
            pilgrim,
            desk.visit.doses[0].details,
            make_occasion(session, by=desk.visit.given_by),
            id=new_id(),
            examination=find_latest_examination(session, pilgrim.id, CAMPAIGN),
            given_by=desk.visit.given_by,
        )

    def first() -> None:
        with desk.database.open_session(writes=True) as session:
            give(session)
            written.set()
            commit.wait(0.3)
            session.commit()

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(first)
        assert written.wait(10)
        with pytest.raises(DoseAlreadyRecorded):
            desk.database.run_transaction(give)
        running.result()
