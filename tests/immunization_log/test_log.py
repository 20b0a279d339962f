"""The log is a chain; the first broken link has a name."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_jsonable_python
from sqlalchemy import text
from sqlmodel import Session

from registry.db import Database
from registry.immunization_log import queries, services
from registry.immunization_log.models import Kind, LogHead
from registry.model import from_row, new_id
from registry.vaccinations.models import Dose
from tests.factories import NOW

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)
COLUMNS = st.uuids() | st.dates() | st.datetimes(timezones=st.just(UTC)) | st.sampled_from(Kind) | JSON_VALUES
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False)


def append(session: Session, stream: str = "VP-NRN", **content: Any) -> None:
    services.append(
        session, Kind.DOSE, stream=stream, pilgrim=new_id(), record=new_id(), content=content or {"lot": "A"}, at=NOW
    )


def first_break(session: Session, stream: str = "VP-NRN") -> queries.Break | None:
    session.flush()
    session.expire_all()
    head = session.get(LogHead, stream)
    assert head is not None
    return queries.find_first_break(session, head)


@given(st.dictionaries(st.text(), COLUMNS | NUMBERS))
def test_a_row_is_written_in_the_log_as_in_earlier_releases(row: dict[str, Any]) -> None:
    """Speed 3: another library makes the JSON values, and the hashes of years ago stay true."""
    assert services.content_of(from_row(Dose, row)) == to_jsonable_python(row)


def test_an_untouched_stream_holds(session: Session) -> None:
    for number in range(5):
        append(session, number=number)
    assert first_break(session) is None


def test_streams_do_not_wait_for_each_other(session: Session) -> None:
    append(session, "VP-NRN")
    append(session, "VP-OSH")
    assert {(head.stream, head.size) for head in queries.list_heads(session)} == {("VP-NRN", 1), ("VP-OSH", 1)}


# What an intruder with the database in hand could do. The triggers stand in the way of an application's
# account, not of who owns the file: so the chain must tell.
TAMPERING = {
    "a changed record": ('UPDATE log_record SET content = \'{"lot": "B"}\' WHERE sequence = 3', 3),
    "a changed commitment": ("UPDATE log_entry SET commitment = 'x' WHERE sequence = 3", 3),
    "a changed time": ("UPDATE log_entry SET at = '2025-12-01 00:00:00' WHERE sequence = 2", 2),
    "a changed kind": ("UPDATE log_entry SET kind = 'correction' WHERE sequence = 4", 4),
    "a removed entry": ("DELETE FROM log_entry WHERE sequence = 2", 2),
    "a cut-off tail": ("DELETE FROM log_entry WHERE sequence = 5", 5),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_the_audit_names_the_first_broken_entry(real_database: Database, what: str) -> None:
    statement, sequence = TAMPERING[what]
    with real_database.open_session(writes=True) as session:
        for number in range(5):
            append(session, number=number)
        session.commit()
    with real_database.engine.begin() as connection:
        on_table = " ON log_entry" if connection.dialect.name == "postgresql" else ""
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER log_entry_no_{act}{on_table}"))
        connection.execute(text(statement))
    with real_database.open_session(writes=False) as session:
        found = first_break(session)
    assert found is not None
    assert (found.stream, found.sequence) == ("VP-NRN", sequence)


def test_an_erased_record_leaves_the_chain_whole(session: Session) -> None:
    for number in range(3):
        append(session, number=number)
    session.flush()
    session.execute(text("DELETE FROM log_record WHERE sequence = 2"))
    assert first_break(session) is None
