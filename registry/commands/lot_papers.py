"""What a worker does after a lot was corrected: carry it to every dose of it and every certificate that names it."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from registry import clock
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, KeysFault, load_signing
from registry.commands.pilgrim_lists import Effect, Report
from registry.corrections.services import Follow, follow_lot
from registry.db import Database
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.jobs.services import NotYet
from registry.model import new_id
from registry.settings import Settings
from registry.vaccinations.queries import list_recipients

log = logging.getLogger(__name__)

SLICE = 100  # pilgrims a job: one that is broken off three times has reached none of them for half a minute


def follow(database: Database, job: Job, report: Report) -> Effect:
    """The work of that job: the next SLICE of those who had a dose of the lot, and after them a job for the rest.

    One transaction for each pilgrim: whoever records meanwhile waits for one of them at most. Who gets a dose after the
    correction has the right paper already. Whom it cannot reach it passes over, and names at the end. Raises NotYet.
    """
    try:
        issuer = load_signing(Settings(), at=clock.now())
    except KeysFault as fault:
        log.warning("certificates of a corrected lot wait for the signing key: %s", fault)
        raise NotYet(certificates.ASK_FOR_KEY_EVERY) from None
    act = Follow.from_json(job.payload)
    with database.open_session(writes=False) as session:
        recipients = list_recipients(session, act.lot_id)
    left = [one for one in recipients if act.after is None or one > act.after]
    reached, missed = len(recipients) - len(left), [*act.missed]
    for number, (pilgrim_id, campaign_code) in enumerate(left[:SLICE], start=reached + 1):
        if not _reach(database, act, pilgrim_id, campaign_code, issuer):
            missed.append(pilgrim_id)
        report(number, len(recipients))
    rest = replace(act, after=left[SLICE - 1], missed=tuple(missed)) if len(left) > SLICE else None
    return lambda session: _end(session, job, rest, {"pilgrims": len(recipients), "missed": len(missed)})


def _end(session: Session, job: Job, rest: Follow | None, result: Mapping[str, Any]) -> Mapping[str, Any]:
    if rest:
        jobs.enqueue(session, job.kind, rest.to_json(), id=new_id(), by=job.created_by_id, at=clock.now())
    return result


def _reach(database: Database, act: Follow, pilgrim_id: uuid.UUID, campaign_code: str, issuer: Issuer) -> bool:
    """Whether it could be done: what is wrong with one record must not keep the others' papers wrong."""
    try:
        _follow(database, act, pilgrim_id, campaign_code, issuer)
    except (SQLAlchemyError, KeysFault):
        raise  # the matter of all of them
    except Exception as error:
        log.exception("a corrected lot did not reach pilgrim %s: %s", pilgrim_id, type(error).__name__)
        return False
    return True


def _follow(database: Database, act: Follow, pilgrim_id: uuid.UUID, campaign_code: str, issuer: Issuer) -> None:
    def work(session: Session) -> None:
        follow_lot(session, pilgrim_id, campaign_code, act, issuer=issuer, at=clock.now())
        session.commit()

    database.run_transaction(work)
