"""One append-only row per act or look."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field

from registry.model import Record, instant, text_enum


class Action(StrEnum):
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    CODE_FAILED = "code_failed"
    SIGNED_OUT = "signed_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an event's name
    REFUSED_ENTRY = "refused_entry"
    STAFF_CHANGED = "staff_changed"
    SESSIONS_ENDED = "sessions_ended"
    SEARCHED = "searched"
    SEARCHED_BY_IDENTIFIER = "searched_by_identifier"
    VIEWED = "viewed"
    REGISTERED = "registered"
    IMPORTED = "imported"
    LIST_CHECKED = "list_checked"
    EXAMINED = "examined"
    VACCINATED = "vaccinated"
    NOT_GIVEN = "not_given"
    CORRECTED = "corrected"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_REISSUED = "certificate_reissued"
    CERTIFICATE_PRINTED = "certificate_printed"
    CERTIFICATE_REVOKED = "certificate_revoked"
    NOTE_PRINTED = "note_printed"
    CODES_DIFFER = "codes_differ"
    STOCK_CHANGED = "stock_changed"
    CHECK_FAILED = "check_failed"
    GROUP_SENT = "group_sent"
    GROUP_CHECKED = "group_checked"
    COVERAGE_VIEWED = "coverage_viewed"
    LOG_VIEWED = "log_viewed"
    CAMPAIGN_LOADED = "campaign_loaded"
    KEYS_CHANGED = "keys_changed"
    TRUST_CHANGED = "trust_changed"


# What strangers write by trying: the only events that are ever forgotten (migration 0011 lets no other go).
FLEETING = (Action.SIGN_IN_FAILED, Action.CODE_FAILED, Action.CHECK_FAILED, Action.GROUP_SENT)


class AuditEvent(Record, table=True):
    """No foreign keys: the audit never stands in the way of the live data, nor disappears with it."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "action", "subject", "at"),
        Index("ix_audit_event_address", "action", "address", "at"),
        Index("ix_audit_event_pilgrim", "pilgrim_id", "at"),
        Index("ix_audit_event_by", "by_id", "at"),
        Index("ix_audit_event_action", "action", "at"),
    )

    at: datetime = instant(index=True)
    action: Action = Field(sa_type=text_enum(Action, closed=False))
    by_id: uuid.UUID | None = None
    pilgrim_id: uuid.UUID | None = None
    subject: str | None = None
    address: str | None = None  # a keyed hash: attempts of one address can be counted, not traced
    device: str | None = None  # the same of a browser's device cookie
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
