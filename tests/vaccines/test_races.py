"""Many at one stock at the same moment, with real commits."""

import threading
import uuid

import pytest
from sqlmodel import Session

from registry.db import Database
from registry.vaccines import rules
from tests.factories import BISHKEK, NARYN, make_lot
from tests.vaccines.test_services import receive, take


@pytest.mark.real_commit
def test_of_many_nurses_at_once_only_as_many_as_there_are_doses_get_one(real_database: Database) -> None:
    with real_database.open_session(writes=True) as session:
        lot = make_lot(session, doses=3)
        session.commit()
    outcomes: list[str] = []

    def take_one(session: Session) -> str:
        try:
            take(session, lot)
        except rules.OutOfStock:
            return "refused"
        session.commit()
        return "taken"

    def try_to_take() -> None:
        outcomes.append(real_database.run_transaction(take_one))

    nurses = [threading.Thread(target=try_to_take) for _ in range(8)]
    for nurse in nurses:
        nurse.start()
    for nurse in nurses:
        nurse.join()

    assert sorted(outcomes) == ["refused"] * 5 + ["taken"] * 3


@pytest.mark.real_commit
def test_two_points_that_receive_the_same_lot_at_once_make_one_lot(real_database: Database) -> None:
    lots: list[uuid.UUID] = []
    both = threading.Barrier(2)

    def arrive(point: str) -> None:
        def take_in(session: Session) -> uuid.UUID:
            lot = receive(session, point_code=point)
            session.commit()
            return lot.id

        both.wait()
        lots.append(real_database.run_transaction(take_in))

    points = [threading.Thread(target=arrive, args=[point]) for point in (NARYN, BISHKEK)]
    for point in points:
        point.start()
    for point in points:
        point.join()

    assert len(lots) == 2
    assert len(set(lots)) == 1
