"""Reads that must not grow with the register answer from an index, on both engines: speed section 2, security m7."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import Session

from registry.audit import queries as audit
from registry.audit import services as audit_services
from registry.audit.models import Action, AuditEvent
from registry.certificates import queries as certificates
from registry.certificates.models import Certificate, CertificateRevocation
from registry.immunization_log import queries as log
from registry.immunization_log.models import Kind, LogEntry
from registry.model import new_id
from registry.pilgrims.models import Pilgrim, Registration
from registry.printing import queries as printing
from tests.factories import CAMPAIGN, NOW, the_campaign
from tests.pilgrims.test_search_costs import pilgrim_row, place_of
from tests.statements import statements

MANY = 3_000
OLD = NOW - timedelta(days=40)
Read = Callable[[Session], object]
NARYN_ONLY = printing.Sight(frozenset({"KG-N"}), uuid.UUID(int=0), NOW)

READS: dict[str, tuple[Read, set[str]]] = {
    "log page": (log.list_newest_entries, {"ix_log_entry_at"}),
    "groups to print": (
        lambda session: printing.list_groups(session, campaign=the_campaign(session), sight=None),
        {"ix_registration_groups"},
    ),
    "groups to print in a region": (
        lambda session: printing.list_groups(session, campaign=the_campaign(session), sight=NARYN_ONLY),
        {"ix_registration_groups"},
    ),
    "revocation list": (
        lambda session: list(certificates.read_withdrawn(session, at=NOW, timezone="Asia/Bishkek")),
        {"ix_certificate_replacing", "ix_certificate_revocation_revoked_at"},
    ),
    "audit page": (lambda session: audit.list_events(session, limit=51), {"ix_audit_event_at"}),
    "older audit page": (
        lambda session: audit.list_events(session, before=uuid.UUID(int=MANY // 2), limit=51),
        {"ix_audit_event_at"},
    ),
    "failed attempts forgotten": (
        lambda session: audit_services.forget_attempts(session, at=NOW),
        {"ix_audit_event_action"},
    ),
}


@pytest.fixture
def crowd(session: Session) -> Session:
    """Some thousand rows of each table that these reads walked, put in by whole tables."""
    entries = [
        {
            "stream": "X", "sequence": number, "at": NOW - timedelta(seconds=number), "kind": Kind.DOSE,
            "commitment": "c", "previous_hash": "p", "hash": f"h{number}",
        }
        for number in range(MANY)
    ]  # fmt: skip
    events: list[dict[str, Any]] = [
        {
            "id": uuid.UUID(int=number), "at": NOW - timedelta(hours=number), "action": Action.VIEWED,
            "by_id": None, "pilgrim_id": None, "subject": None, "address": None, "detail": {},
        }
        for number in range(MANY)
    ]  # fmt: skip
    people = [new_id() for _ in range(MANY)]
    session.execute(insert(Pilgrim), [pilgrim_row(person, number) for number, person in enumerate(people)])
    session.execute(insert(Registration), [place_of(person, "KG-N", f"Group {person.int % 7}") for person in people])
    first = [paper(person) for person in people]
    newer = [paper(one["pilgrim_id"], replaces=one["id"]) for one in first[:20]]
    session.execute(insert(Certificate), [*first, *newer])
    session.execute(insert(CertificateRevocation), [revocation(one, old=place > 10) for place, one in enumerate(first)])
    session.execute(insert(LogEntry), entries)
    session.execute(insert(AuditEvent), events)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("ANALYZE")
        # As it plans for tables that are large: some of these are small here, and it rightly reads them whole.
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    return session


def paper(person: uuid.UUID, *, replaces: uuid.UUID | None = None) -> dict[str, Any]:
    own = new_id()
    return {
        "id": own, "pilgrim_id": person, "campaign_code": CAMPAIGN, "number": 2 if replaces else 1,
        "code": own.hex[-12:], "token": own.hex, "issued_at": NOW, "issued_by_id": person, "replaces_id": replaces,
        "valid_from": NOW.date(), "valid_until": None, "facts": {},
    }  # fmt: skip


def revocation(revoked: dict[str, Any], *, old: bool) -> dict[str, Any]:
    return {
        "id": new_id(), "pilgrim_id": revoked["pilgrim_id"], "certificate_id": revoked["id"], "reason": "fraud",
        "revoked_at": NOW - timedelta(days=3_000 if old else 1), "revoked_by_id": new_id(),
    }  # fmt: skip


@pytest.mark.parametrize("page", READS)
def test_s2_an_index_answers(page: str, crowd: Session) -> None:
    read, wanted = READS[page]
    with statements(crowd.get_bind()) as seen:
        read(crowd)
    plans = "\n".join(explain(crowd, text, values) for text, values in seen)
    assert all(index in plans for index in wanted), plans
    for walked in ("SCAN log_entry\n", "SCAN registration\n", "SCAN certificate\n", "SCAN audit_event\n"):
        assert walked not in plans, plans


def explain(session: Session, text: str, values: Any) -> str:
    word = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    rows = session.connection().exec_driver_sql(f"{word} {text}", values).all()
    return "".join(f"{row[-1]}\n" for row in rows)
