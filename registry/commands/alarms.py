"""Alarms that commands meet while they read: written down by a transaction of their own."""

from sqlmodel import Session

from registry import clock
from registry.certificates.codes import Alarm
from registry.certificates.services import raise_alarms
from registry.db import Database


def tell_alarm(database: Database, alarm: Alarm) -> None:
    """In the audit and in the log: `registry doctor` shows it."""

    def tell(session: Session) -> None:
        raise_alarms(session, [alarm], at=clock.now())
        session.commit()

    database.run_transaction(tell)
