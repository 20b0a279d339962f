"""What a worker does after a lot was corrected: carry it to every dose of it and every certificate that names it."""

import logging
import uuid

from sqlmodel import Session

from registry import clock
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, KeysFault, load_issuer
from registry.commands.pilgrim_lists import Effect, Report
from registry.corrections.services import Follow, follow_lot
from registry.db import Database
from registry.jobs.models import Job
from registry.jobs.services import NotYet
from registry.settings import Settings
from registry.vaccinations.queries import list_recipients

log = logging.getLogger(__name__)


def follow(database: Database, job: Job, report: Report) -> Effect:
    """The work of that job; its result is {"pilgrims": how many had a dose of it}. Raises NotYet.

    One transaction for each pilgrim: whoever records meanwhile waits for one of them at most. Who got a dose in the
    meantime is looked for until there is nobody new.
    """
    try:
        issuer = load_issuer(Settings())
    except KeysFault as fault:
        log.warning("certificates of a corrected lot wait for the signing key: %s", fault)
        raise NotYet(certificates.ASK_FOR_KEY_EVERY) from None
    done: set[tuple[uuid.UUID, str]] = set()
    while new := [one for one in _list_recipients(database, job) if one not in done]:
        total = len(done) + len(new)
        for pilgrim_id, campaign_code in new:
            _follow(database, job, pilgrim_id, campaign_code, issuer)
            done.add((pilgrim_id, campaign_code))
            report(len(done), total)
    return lambda _session: {"pilgrims": len({pilgrim_id for pilgrim_id, _campaign in done})}


def _list_recipients(database: Database, job: Job) -> list[tuple[uuid.UUID, str]]:
    with database.open_session(writes=False) as session:
        return [*list_recipients(session, Follow.from_json(job.payload).lot_id)]


def _follow(database: Database, job: Job, pilgrim_id: uuid.UUID, campaign_code: str, issuer: Issuer) -> None:
    def work(session: Session) -> None:
        follow_lot(
            session,
            pilgrim_id,
            campaign_code,
            Follow.from_json(job.payload),
            id=job.id,
            issuer=issuer,
            at=clock.now(),
        )
        session.commit()

    database.run_transaction(work)
