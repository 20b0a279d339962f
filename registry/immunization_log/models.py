"""Entries hold only commitments; what was committed to lies beside them, salted, and can be erased with its person."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from registry.model import instant, text_enum


class Kind(StrEnum):
    DOSE = "dose"
    NOT_GIVEN = "not_given"
    CORRECTION = "correction"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_REPLACED = "certificate_replaced"
    CERTIFICATE_REVOKED = "certificate_revoked"


class LogEntry(SQLModel, table=True):
    """One event. `hash` = SHA-256 over stream, sequence, kind, at, commitment and the entry before it.

    A stream is one vaccination point ("" for the country), so that no row makes every writer wait.
    The database refuses UPDATE and DELETE here (triggers of migration 0001).
    """

    __tablename__ = "log_entry"

    stream: str = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    at: datetime = instant(index=True)
    kind: Kind = Field(sa_type=text_enum(Kind))
    commitment: str
    previous_hash: str
    hash: str = Field(unique=True)


class LogRecord(SQLModel, table=True):
    """What an entry commits to: SHA-256(salt || canonical JSON of `content`)."""

    __tablename__ = "log_record"

    stream: str = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    pilgrim_id: uuid.UUID = Field(index=True)
    record_id: uuid.UUID
    salt: str
    content: dict[str, Any] = Field(sa_type=JSON)


class LogHead(SQLModel, table=True):
    """The length and last hash of each stream: a cut-off tail is seen, and a writer knows where to go on."""

    __tablename__ = "log_head"

    stream: str = Field(primary_key=True)
    size: int
    hash: str
