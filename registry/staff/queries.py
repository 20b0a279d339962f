"""Reads of people, roles and sessions."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from registry.errors import NotFound
from registry.staff.models import Assignment, Permission, Role, ScopeKind, Staff, StaffSession


@dataclass(frozen=True)
class Actor:
    """A signed-in person as the rest of the registry sees them: who, what they may do, where."""

    staff: Staff
    roles: tuple[Role, ...]
    permissions: frozenset[str]
    scopes: tuple[tuple[ScopeKind, str], ...]

    @property
    def id(self) -> uuid.UUID:
        return self.staff.id

    @property
    def is_national(self) -> bool:
        return any(kind is ScopeKind.COUNTRY for kind, _ in self.scopes)

    def may(self, permission: Permission) -> bool:
        return permission.value in self.permissions

    def codes(self, kind: ScopeKind) -> tuple[str, ...]:
        return tuple(code for scope, code in self.scopes if scope is kind)


def hash_of(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def find_staff_by_username(session: Session, username: str) -> Staff | None:
    return session.exec(select(Staff).where(Staff.username == username.strip().casefold())).one_or_none()


def get_staff(session: Session, staff_id: uuid.UUID) -> Staff:
    found = session.get(Staff, staff_id)
    if found is None:
        raise NotFound
    return found


def list_staff(session: Session) -> Sequence[Staff]:
    return session.exec(select(Staff).order_by(Staff.username)).all()


def list_roles(session: Session) -> Sequence[Role]:
    return session.exec(select(Role).order_by(Role.code)).all()


def list_assignments(
    session: Session, *, on: date, staff: uuid.UUID | None = None
) -> Sequence[tuple[Assignment, Role]]:
    """Assignments in force on a day, with their roles."""
    query = (
        select(Assignment, Role)
        .join(Role, col(Role.code) == Assignment.role_code)
        .where(Assignment.from_on <= on, or_(col(Assignment.until_on).is_(None), col(Assignment.until_on) >= on))
        .order_by(Assignment.role_code)
    )
    if staff is not None:
        query = query.where(Assignment.staff_id == staff)
    return session.exec(query).all()


def actor_for(session: Session, staff: Staff, *, on: date, acting: Permission | None = None) -> Actor:
    """Roles are read afresh for every request: a change applies to the next one.

    `acting`: only the places where a role holds this permission count. An auditor of the whole country who also
    vaccinates in Naryn finds pilgrims in Naryn, not everywhere.
    """
    assigned = list_assignments(session, on=on, staff=staff.id)
    return Actor(
        staff=staff,
        roles=tuple({role.code: role for _, role in assigned}.values()),
        permissions=frozenset(permission for _, role in assigned for permission in role.permissions),
        scopes=tuple(
            dict.fromkeys(
                (a.scope_kind, a.scope_code) for a, role in assigned if acting is None or acting in role.permissions
            )
        ),
    )


def find_live_session(session: Session, session_id: str, *, at: datetime, idle_since: datetime) -> StaffSession | None:
    """The session of a cookie, if it was neither revoked nor left idle nor lived too long."""
    found = session.get(StaffSession, hash_of(session_id))
    if found is None or found.revoked_at is not None or found.expires_at <= at or found.last_seen_at <= idle_since:
        return None
    return found
