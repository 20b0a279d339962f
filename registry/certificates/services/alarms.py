"""Tell that a certificate disagrees with its codes or with the log: who may see it must learn of altered records."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session

from registry.audit import queries as audit_queries
from registry.audit import services as audit
from registry.audit.models import Action
from registry.certificates.codes import Alarm

log = logging.getLogger(__name__)
ONCE_IN = timedelta(days=1)


def raise_alarms(session: Session, alarms: Iterable[Alarm], *, at: datetime) -> None:
    """One line in the log and one audit row for each certificate and day, however often it is asked for."""
    for alarm in alarms:
        named = alarm.certificate_id.hex
        known, _last = audit_queries.count_attempts(session, Action.CODES_DIFFER, since=at - ONCE_IN, subject=named)
        if known:
            continue
        differing = ", ".join(alarm.differing)
        log.error("certificate %s: its signed codes or its logged issue differ from the register: %s", named, differing)
        audit.record(
            session,
            Action.CODES_DIFFER,
            by=None,
            at=at,
            pilgrim=alarm.pilgrim_id,
            subject=named,
            differing=list(alarm.differing),
        )
        session.flush()
