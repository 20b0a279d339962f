"""Certificates are immutable: replaced by a newer one or revoked, never edited. Their state is derived."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from registry.model import PilgrimRecord, instant, text_enum


class Cause(StrEnum):
    """What took a certificate's force away: a person's decision, or the registry itself, in line with its records.

    After a person's decision no new paper follows by itself (`DECIDED`).
    """

    DECISION = "decision"
    LOST = "lost"
    STOLEN = "stolen"
    NOT_COVERED = "not_covered"
    OUTDATED = "outdated"


DECIDED = frozenset({Cause.DECISION, Cause.LOST, Cause.STOLEN})
"""Causes that a person decides: after these no new paper follows by itself."""
PAPER_GONE = frozenset({Cause.LOST, Cause.STOLEN})
"""Those of them that say nothing about the pilgrim and the doses."""
_BY_A_PERSON = text("cause IN ('decision', 'lost', 'stolen')")
_BY_ITSELF = text("cause NOT IN ('decision', 'lost', 'stolen')")
_REPLACING = text("replaces_id IS NOT NULL")


class Certificate(PilgrimRecord, table=True):
    """`facts` is everything the sheet prints and the verify page shows, frozen at issue, signed codes included.

    `reissue_reason`: why a person had it issued after a revocation that a person decided; None: it followed by itself.
    """

    __table_args__ = (
        UniqueConstraint("pilgrim_id", "campaign_code", "number"),
        UniqueConstraint("pilgrim_id", "replaces_id"),
        ForeignKeyConstraint(["pilgrim_id", "replaces_id"], ["certificate.pilgrim_id", "certificate.id"]),
        # Few replace another: the list of what was withdrawn reads these alone.
        Index(
            "ix_certificate_replacing",
            "issued_at",
            "pilgrim_id",
            sqlite_where=_REPLACING,
            postgresql_where=_REPLACING,
        ),
    )

    campaign_code: str = Field(foreign_key="campaign.code")
    number: int  # first, second, ... certificate of this pilgrim in this campaign
    code: str = Field(max_length=12)
    token: str = Field(max_length=32)
    issued_at: datetime = instant(index=True)
    issued_by_id: uuid.UUID
    replaces_id: uuid.UUID | None = None
    valid_from: date
    valid_until: date | None = None
    facts: dict[str, Any] = Field(sa_type=JSON)
    reissue_reason: str | None = Field(default=None, max_length=500)


class CertificateRevocation(PilgrimRecord, table=True):
    """A certificate has at most two: a person may decide about one that the registry withdrew by itself before."""

    __tablename__ = "certificate_revocation"
    __table_args__ = (
        Index(
            "uq_certificate_revocation_decided",
            "pilgrim_id",
            "certificate_id",
            unique=True,
            sqlite_where=_BY_A_PERSON,
            postgresql_where=_BY_A_PERSON,
        ),
        Index(
            "uq_certificate_revocation_by_itself",
            "pilgrim_id",
            "certificate_id",
            unique=True,
            sqlite_where=_BY_ITSELF,
            postgresql_where=_BY_ITSELF,
        ),
        ForeignKeyConstraint(["pilgrim_id", "certificate_id"], ["certificate.pilgrim_id", "certificate.id"]),
    )

    certificate_id: uuid.UUID
    reason: str = Field(max_length=500)
    revoked_at: datetime = instant(index=True)
    revoked_by_id: uuid.UUID  # for the registry's own causes: whose act changed the record
    cause: Cause = Field(
        default=Cause.DECISION, sa_type=text_enum(Cause), sa_column_kwargs={"server_default": "decision"}
    )


class CertificateHandle(SQLModel, table=True):
    """What a stranger holds, unique across the country: the printed code, and the token of the link."""

    __tablename__ = "certificate_handle"

    value: str = Field(primary_key=True)
    pilgrim_id: uuid.UUID
    certificate_id: uuid.UUID
