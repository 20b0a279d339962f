"""One database per application; sessions that read, and sessions that write."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from registry.db import patience
from registry.db.conflicts import retry_on_conflict
from registry.db.engines import make_engine
from registry.db.patience import PATIENCE
from registry.db.places import AllPlaces
from registry.db.write_lock import WriteLock

T = TypeVar("T")


class Database:
    """Opens sessions. A reading session cannot write: the database itself refuses."""

    def __init__(self, url: str, *, limited: bool = False) -> None:
        """`limited`: for pages, which wait and work for some seconds at most; jobs and commands have patience."""
        self.engine = make_engine(url, limited=limited)
        path = make_url(url).database
        is_file = self.engine.dialect.name == "sqlite" and path not in (None, "", ":memory:")
        self._lock = WriteLock(Path(f"{path}.lock"), patience=PATIENCE if limited else None) if is_file else None
        self._places = AllPlaces()
        self._engines = {writes: self.engine.execution_options(**self._options(writes)) for writes in (True, False)}

    def _options(self, writes: bool) -> dict[str, Any]:
        read_only = {"postgresql_readonly": not writes} if self.engine.dialect.name == "postgresql" else {}
        return {"writes": writes, **read_only}

    def open_session(self, *, writes: bool) -> "TurningSession":
        """A session whose transactions all write, or all read."""
        return TurningSession(self, writes=writes)

    def open_page_session(self, *, writes: bool) -> "TurningSession":
        """A page's session: after its first transaction that writes it only reads."""
        return TurningSession(self, writes=writes, once=True)

    def open_snapshot(self) -> "TurningSession":
        """A session that reads the database as it was at its first statement, however long it reads."""
        session = self.open_session(writes=False)
        if self.engine.dialect.name == "postgresql":  # SQLite knows no other way of reading
            session.bind = self._engines[False].execution_options(isolation_level="REPEATABLE READ")
        return session

    def bind(self, *, writes: bool) -> Engine | Connection:
        """What a session's next transaction runs on."""
        return self._engines[writes]

    @property
    def lock(self) -> WriteLock | None:
        return self._lock

    def take_turn(self, *, note: bool) -> ExitStack:
        """What a transaction that writes holds until its end: in a view one of the places of its kind, and the lock.

        A transaction within another one of the same view needs no second place.
        """
        of_view = patience.current()
        with ExitStack() as held:
            if of_view:
                of_view.start()
                held.callback(of_view.stop)
                if of_view.depth == 1:
                    held.callback(self._places.take(of_view, note=note))
            if self._lock:
                self._lock.acquire(of_view.left() if of_view else None)
                held.callback(self._lock.release)
            return held.pop_all()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write, for a page of one question: a session costs as much as its answer."""
        with self._engines[False].connect() as connection:
            yield connection

    def run_transaction(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a session that it must commit; again from the start after a conflict."""
        return retry_on_conflict(lambda: self._run_once(work))

    def _run_once(self, work: Callable[[Session], T]) -> T:
        with self.open_session(writes=True) as session:
            return work(session)


class TurningSession(Session):
    """A session that knows whether its next transaction writes, and can be turned.

    `writes` counts when a transaction begins, so it is changed between two of them. `once`: the first
    transaction that writes is the last one, however it ends.
    """

    def __init__(self, database: Database, *, writes: bool, once: bool = False, **options: Any) -> None:
        super().__init__(database.bind(writes=writes), expire_on_commit=False, **options)
        self.writes, self.once = writes, once
        self._database = database
        self._turn = ExitStack()
        event.listen(self, "after_transaction_create", _begin)
        event.listen(self, "after_transaction_end", _end)

    def close(self) -> None:
        try:
            super().close()
        finally:  # also when the connection died: the lock must not stay with nobody
            self._ended()

    def stop_writing(self) -> None:
        """Give up what was not committed, and read from here; what was read before is read again where it is needed."""
        self.rollback()
        self._face(writes=False)

    def start_writing(self) -> None:
        """Write from here; what was read before is let go: it may have changed."""
        self.close()
        self._face(writes=True)

    def _face(self, writes: bool) -> None:
        self.writes = writes
        self.bind = self._database.bind(writes=writes)

    def _begun(self) -> None:
        if self.writes:
            self._turn = self._database.take_turn(note=not self.once)

    def _ended(self) -> None:
        self._turn.close()
        if self.writes and self.once:
            self._face(writes=False)


def _begin(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None and isinstance(session, TurningSession):
        session._begun()  # noqa: SLF001 - the listener is a part of it


def _end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None and isinstance(session, TurningSession):
        session._ended()  # noqa: SLF001
