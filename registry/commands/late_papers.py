"""What a worker does with certificates that could not be signed: they follow when the signing key is back."""

import logging
import uuid
from typing import Any

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.certificates import services
from registry.certificates.keys import Issuer, KeysFault, load_signing
from registry.commands.pilgrim_lists import Effect, Report
from registry.db import Database
from registry.jobs.models import Job
from registry.jobs.services import NotYet
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings

log = logging.getLogger(__name__)


def issue(_database: Database, job: Job, _report: Report) -> Effect:
    """The work of that job; its result is {"issued": whether a certificate stands now}. Raises NotYet."""
    try:
        issuer = load_signing(Settings(), at=clock.now())
    except KeysFault as fault:
        log.warning("certificates still wait for the signing key: %s", fault)
        raise NotYet(services.ASK_FOR_KEY_EVERY) from None

    return lambda session: refresh(session, job, issuer)


def refresh(session: Session, job: Job, issuer: Issuer) -> dict[str, Any]:
    pilgrim = session.get_one(Pilgrim, uuid.UUID(job.payload["pilgrim"]))
    campaign = campaigns.get_campaign(session, job.payload["campaign"])
    if pilgrims.find_registration(session, pilgrim.id, campaign.code) is None:
        return {"issued": False}  # registered by mistake, as somebody said since
    by = uuid.UUID(job.payload["by"])
    paper = services.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=clock.now())
    return {"issued": paper is not None}
