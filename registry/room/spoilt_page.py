"""The page in the place of a record that somebody altered past the registry so that it cannot be shown."""

import uuid
from datetime import datetime

from flask import g, render_template, request

from registry import clock, db
from registry.certificates import services as certificates
from registry.certificates.codes import Alarm
from registry.db.spoilt import find_spoilt
from registry.db.unreadable import UNREADABLE
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim
from registry.staff.guards import actor, record_apart
from registry.web.error_pages import Answer


def explain(_error: Exception) -> Answer | None:
    """Why the page of a pilgrim failed, where a row of the record is of no kind that the registry writes.

    Asked after the view has failed, whatever it raised: its own transaction is over, and nothing of it was kept.
    """
    pilgrim_id, at = (request.view_args or {}).get("pilgrim_id"), clock.now()
    if not isinstance(pilgrim_id, uuid.UUID) or "actor" not in g:
        return None
    names = _find_spoilt(pilgrim_id, at=at)
    if not names:
        return None
    alarm = Alarm(pilgrim_id, pilgrim_id, names)
    record_apart(lambda apart: certificates.raise_alarms(apart, [alarm], at=at))
    return render_template("errors/altered.html"), 409


def _find_spoilt(pilgrim_id: uuid.UUID, *, at: datetime) -> tuple[str, ...]:
    """Nothing of a record that the person may not see."""
    with db.database().open_session(writes=False) as session:
        try:
            in_sight = pilgrims.may_see(session, pilgrim_id, actor=actor(), at=at)
        except UNREADABLE:
            in_sight = True  # where the pilgrim is registered cannot be read; the page tells nothing of anybody
        return find_spoilt(session, Pilgrim, pilgrim_id) if in_sight else ()
