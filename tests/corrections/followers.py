"""What the worker does after a lot was corrected, in the session of a test."""

from datetime import datetime

from sqlmodel import Session

from registry.certificates.keys import Issuer
from registry.corrections.queries import FOLLOW
from registry.corrections.services import Follow, follow_lot
from registry.jobs.queries import list_open
from registry.vaccinations.queries import list_recipients


def follow_all(session: Session, issuer: Issuer, *, at: datetime) -> None:
    for job in list_open(session, FOLLOW):
        act = Follow.from_json(job.payload)
        for pilgrim_id, campaign_code in list_recipients(session, act.lot_id):
            follow_lot(session, pilgrim_id, campaign_code, act, issuer=issuer, at=at)
        job.finished_at = at
        session.add(job)
        session.flush()
