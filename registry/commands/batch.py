"""Rows of many acts, gathered in the order of the acts and written a whole table at a time."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlmodel import Session, SQLModel

from registry import db
from registry.audit import services as audit
from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate, CertificateHandle
from registry.examinations.models import Examination
from registry.immunization_log import services as log
from registry.immunization_log.models import Kind
from registry.pilgrims.models import AccessGrant, Pilgrim, PilgrimIdentifier, PilgrimSearchKey, Registration
from registry.tallies import services as tallies
from registry.vaccinations.models import Dose, DoseNotGiven
from registry.vaccinations.rules import Count
from registry.vaccines import services as vaccines
from registry.vaccines.models import MovementKind, StockMovement

# What a table refers to is written before it.
ORDER: tuple[type[SQLModel], ...] = (
    Pilgrim,
    PilgrimIdentifier,
    PilgrimSearchKey,
    Registration,
    AccessGrant,
    Examination,
    Dose,
    DoseNotGiven,
    Certificate,
    CertificateHandle,
    StockMovement,
    AuditEvent,
)
# Keys that do not follow the order of the acts, twenty of them a pilgrim: written in their own order, neighbours of an
# index share its pages. It halves the time of a batch where the index has outgrown the memory.
SORTED_BY: dict[type[SQLModel], str] = {PilgrimSearchKey: "key", CertificateHandle: "value"}


@dataclass
class Batch:
    campaign_code: str
    rows: dict[type[SQLModel], list[Mapping[str, Any]]] = field(default_factory=lambda: {table: [] for table in ORDER})
    counts: Counter[Count] = field(default_factory=Counter)
    taken: Counter[tuple[str, uuid.UUID]] = field(default_factory=Counter)
    events: list[log.SealedEvent] = field(default_factory=list)
    tables: list[db.PreparedRows] = field(default_factory=list)

    def add(self, table: type[SQLModel], *rows: Mapping[str, Any]) -> None:
        self.rows[table] += rows

    def note(self, action: Action, *, by: uuid.UUID, at: datetime, pilgrim: uuid.UUID, **detail: Any) -> None:
        self.add(AuditEvent, audit.event_row(action, by=by, at=at, pilgrim=pilgrim, **detail))

    def take_dose(self, point_code: str, lot_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
        self.add(StockMovement, vaccines.movement_row(point_code, lot_id, MovementKind.ADMINISTERED, -1, by=by, at=at))
        self.taken[point_code, lot_id] += 1

    def log(self, kind: Kind, row: Dose | DoseNotGiven | Certificate, *, stream: str, at: datetime) -> None:
        self.events.append(log.seal(log.Event(kind, stream, row.pilgrim_id, row.id, log.content_of(row), at)))

    def prepare(self, session: Session) -> None:
        """Make the rows ready for the driver, so that nobody waits for it; `session` may be one that reads."""
        for table, key in SORTED_BY.items():
            self.rows[table].sort(key=itemgetter(key))
        self.tables = [db.prepare_rows(session, table, self.rows.pop(table)) for table in ORDER]

    def write(self, session: Session) -> None:
        """All that was prepared. Raises what the guards of the stock and the constraints of the tables refuse."""
        for table in self.tables:
            db.insert_prepared(session, table)
        for (point_code, lot_id), doses in sorted(self.taken.items()):
            vaccines.lower_stock(session, point_code=point_code, lot_id=lot_id, doses=doses)
        tallies.add_all(session, (self._counter(key, count) for key, count in sorted(self.counts.items())))
        log.append_all(session, self.events)

    def _counter(self, key: Count, count: int) -> dict[str, Any]:
        return {**key._asdict(), "campaign_code": self.campaign_code, "count": count}
