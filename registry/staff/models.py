"""People who work with the registry, what they may do, and where."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.model import Record, Words, instant, text_enum, words


class Permission(StrEnum):
    """What an endpoint asks for. Roles are rows that hold some of these."""

    FIND_PILGRIMS = "find_pilgrims"
    REGISTER_PILGRIMS = "register_pilgrims"
    IMPORT_PILGRIMS = "import_pilgrims"
    EXAMINE = "examine"
    VACCINATE = "vaccinate"
    PRINT_CERTIFICATES = "print_certificates"
    CORRECT = "correct"
    REVOKE_CERTIFICATES = "revoke_certificates"
    MANAGE_STOCK = "manage_stock"
    VIEW_COVERAGE = "view_coverage"
    VIEW_LOG = "view_log"
    VIEW_AUDIT = "view_audit"
    MANAGE_STAFF = "manage_staff"


class ScopeKind(StrEnum):
    POINT = "point"
    REGION = "region"
    COUNTRY = "country"


class Role(SQLModel, table=True):
    """A named set of permissions; changed as data, in force from the next request."""

    code: str = Field(primary_key=True)
    name: Words = words()
    permissions: list[str] = Field(sa_type=JSON)


class Staff(Record, table=True):
    """A person with an account. `latin_name` is what a certificate shows as vaccinator."""

    username: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=120)
    latin_name: str = Field(max_length=120)
    password_hash: str
    must_change_password: bool = True
    one_time_until: datetime | None = instant(default=None)  # a password that must be changed opens nothing after this
    totp_secret: str | None = None  # sealed with the installation's key; None: no second factor
    totp_last_step: int | None = None  # the newest code that was used: each opens the door once
    language: str = "ky"
    training: bool = False
    disabled_at: datetime | None = instant(default=None)


class Assignment(Record, table=True):
    """A role somewhere, for some time: a nurse lent to Osh for three days has one with two dates."""

    __table_args__ = (UniqueConstraint("staff_id", "role_code", "scope_kind", "scope_code", "from_on"),)

    staff_id: uuid.UUID = Field(foreign_key="staff.id", index=True)
    role_code: str = Field(foreign_key="role.code")
    scope_kind: ScopeKind = Field(sa_type=text_enum(ScopeKind))
    scope_code: str = ""  # point or region code; "" for the country
    from_on: date
    until_on: date | None = None


class StaffSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds the id, this table only its SHA-256: revocable at once."""

    __tablename__ = "staff_session"

    id_hash: str = Field(primary_key=True)
    staff_id: uuid.UUID = Field(foreign_key="staff.id", index=True)
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    second_factor_at: datetime | None = instant(default=None)  # until then, an account that has one enters nowhere
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
    agent: str = Field(default="", max_length=200)


class RecoveryCode(SQLModel, table=True):
    """Stands in once for the second factor of who lost it. Only its SHA-256 is kept: the code has 120 random bits."""

    __tablename__ = "recovery_code"

    staff_id: uuid.UUID = Field(foreign_key="staff.id", primary_key=True)
    code_hash: str = Field(primary_key=True)
    used_at: datetime | None = instant(default=None)
