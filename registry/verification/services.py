"""The typed check: limited, so that nobody finds codes by trying, and equally silent about every way to be wrong."""

import hashlib
from datetime import datetime, timedelta

from sqlmodel import Session

from registry.audit import queries as audit_queries
from registry.audit import services as audit
from registry.audit.models import Action
from registry.certificates import queries as certificates
from registry.certificates.models import Certificate
from registry.certificates.rules import clean_code
from registry.verification.rules import CodeTriedTooOften, TooManyChecks

PER_ADDRESS, ADDRESS_WINDOW = 10, timedelta(minutes=1)
PER_CODE, CODE_WINDOW = 100, timedelta(days=1)


def check_throttle(session: Session, typed: str, *, address: str, at: datetime) -> None:
    """Raises TooManyChecks after ten failures a minute from an address, CodeTriedTooOften after a hundred a day."""
    from_here, _ = audit_queries.count_attempts(
        session, Action.CHECK_FAILED, since=at - ADDRESS_WINDOW, address=address
    )
    if from_here >= PER_ADDRESS:
        raise TooManyChecks
    of_code, _ = audit_queries.count_attempts(
        session, Action.CHECK_FAILED, since=at - CODE_WINDOW, subject=_subject(typed)
    )
    if of_code >= PER_CODE:
        raise CodeTriedTooOften


def match_code(session: Session, typed: str, birth_year: str, *, address: str, at: datetime) -> Certificate | None:
    """The certificate whose code and year of birth were typed; a failure is recorded and counts for the throttle.

    An unknown code, a mistyped one and a wrong year take the same reads and the same write.
    """
    found = certificates.find_by_handle(session, clean_code(typed))
    if found is not None and found.code == clean_code(typed) and found.facts["birth_date"][:4] == birth_year:
        return found
    audit.record(session, Action.CHECK_FAILED, by=None, at=at, subject=_subject(typed), address=address)
    session.flush()
    return None


def _subject(typed: str) -> str:
    """A hash: what people type by mistake may be a passport number."""
    return hashlib.sha256(clean_code(typed).encode()).hexdigest()[:32]
