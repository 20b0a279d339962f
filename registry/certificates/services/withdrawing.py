"""Take a certificate's force away."""

import uuid
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.certificates import queries
from registry.certificates.decisions import AlreadyReplaced, RevokedAndFollowed, may_be_decided
from registry.certificates.logged import find_earned
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.rules import AlreadyRevoked, ReasonMissing
from registry.certificates.sheet.wording import spell_code
from registry.db.order import in_order
from registry.errors import N_
from registry.immunization_log import services as log
from registry.immunization_log.models import Kind as Entry
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.services import hold_registrations
from registry.tallies import services as tallies
from registry.tallies.models import Measure

NO_LONGER_COVERED = N_("The recorded doses no longer meet the vaccination requirements.")
# Stored with what was revoked until November 2026, and still translated where it is shown.
FORMERLY_COVERED = N_("The recorded doses no longer meet the requirements for entry.")
NO_LONGER_TRUE = N_("The record was corrected. The new certificate follows when the signing key is back.")
REVOKED_ELSEWHERE = N_(
    "The record was corrected. Another certificate with the same dose was revoked by a person, so a new one is issued "
    "only when somebody decides about it."
)
FOLLOWED = N_("The record was corrected. A new certificate was issued in its place.")  # when it has
SHORTEST_REASON = 3


@in_order
def revoke_certificate(
    session: Session,
    certificate: Certificate,
    *,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    cause: Cause = Cause.DECISION,
    id: uuid.UUID | None = None,  # noqa: A002 - the revocation's own
) -> CertificateRevocation:
    """Take a certificate's force away by a person's decision: no new one follows by itself.

    A decision also about the last paper that the registry withdrew by itself: no new one follows when the doses count
    again. Raises ReasonMissing, AlreadyRevoked, AlreadyReplaced: to revoke any other paper would change nothing.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing
    hold_registrations(session, certificate.pilgrim_id)
    check_revocable(session, certificate, cause=cause, on=at.date())
    return revoke(session, certificate, cause=cause, reason=reason.strip(), by=by, at=at, id=id)


def check_revocable(session: Session, certificate: Certificate, *, cause: Cause, on: date) -> None:
    """Raises AlreadyRevoked, RevokedAndFollowed, AlreadyReplaced."""
    standing = queries.standing(session, certificate, on=on)
    last, _revocation = queries.get_last(session, certificate.pilgrim_id, certificate.campaign_code)
    if not may_be_decided(standing.revocation, cause):
        if standing.followed_by is not None:
            raise RevokedAndFollowed(newer=spell_code(standing.followed_by.code))
        raise AlreadyRevoked
    if last.id != certificate.id:
        raise AlreadyReplaced(newer=spell_code(last.code))


def revoke(
    session: Session,
    certificate: Certificate,
    *,
    cause: Cause,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    id: uuid.UUID | None = None,  # noqa: A002 - the revocation's own
) -> CertificateRevocation:
    """Write the revocation of a campaign's last certificate, its entry in the log, and what the counters lose by it."""
    _last, before = queries.get_last(session, certificate.pilgrim_id, certificate.campaign_code)
    revocation = CertificateRevocation(
        pilgrim_id=certificate.pilgrim_id,
        id=id or new_id(),
        certificate_id=certificate.id,
        reason=reason,
        revoked_at=at,
        revoked_by_id=by,
        cause=cause,
    )
    try:
        with session.begin_nested():
            session.add(revocation)
            session.flush()
    except IntegrityError:
        raise AlreadyRevoked from None
    _record_revocation(session, certificate, revocation)
    if before is None:  # what the registry withdrew by itself is counted no more
        _uncount(session, certificate)
    return revocation


def _record_revocation(session: Session, certificate: Certificate, revocation: CertificateRevocation) -> None:
    """In the stream of its issue; in the country's where nothing tells which that was."""
    issued = find_earned(session, certificate)
    stream = issued.point if issued else ""
    log.append_row(session, Entry.CERTIFICATE_REVOKED, revocation, stream=stream, at=revocation.revoked_at)
    audit.record(
        session,
        Action.CERTIFICATE_REVOKED,
        by=revocation.revoked_by_id,
        at=revocation.revoked_at,
        pilgrim=certificate.pilgrim_id,
        certificate=str(certificate.id),
    )


def _uncount(session: Session, certificate: Certificate) -> None:
    """Take the pilgrim out of the counter where the first paper of this line put them, if anything tells which."""
    earned = find_earned(session, queries.first_of_line(session, certificate))
    registration = pilgrims.find_registration(session, certificate.pilgrim_id, certificate.campaign_code)
    if earned is None or registration is None:
        return  # facts and log were spoilt: a decision is kept all the same, and `recount` tells of the counter
    campaign = campaigns.get_campaign(session, certificate.campaign_code)
    tallies.add(
        session,
        Measure.CERTIFIED,
        campaign=campaign.code,
        region=registration.region_code,
        point=earned.point,
        day=clock.local_date(earned.at, campaign.timezone),
        count=-1,
    )
