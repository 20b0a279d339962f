"""A new paper by a person's decision: after a revocation, or because the old one was lost or stolen."""

import uuid
from datetime import date, datetime

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries, withheld
from registry.certificates.codes import find_contradictions, find_differences
from registry.certificates.decisions import (
    DosesDoNotCount,
    NobodyElseDecides,
    NothingToIssueAgain,
    RecordAltered,
    ReissueReasonMissing,
    RevokedByYourself,
    may_issue_again,
)
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.models import DECIDED, Cause, Certificate, CertificateRevocation
from registry.certificates.queries import Assessment
from registry.certificates.services.issuing import certificate_row, facts_of, issue, refresh
from registry.certificates.services.withdrawing import SHORTEST_REASON, revoke_certificate
from registry.db.order import in_order
from registry.pilgrims.models import Pilgrim
from registry.pilgrims.queries import find_registration
from registry.pilgrims.services import hold_registrations


@in_order
def issue_again(
    session: Session,
    pilgrim: Pilgrim,
    revoked: Certificate,
    *,
    id: uuid.UUID,  # noqa: A002 - the new certificate's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Certificate:
    """Issue a new paper after a revocation by a person, of `revoked` or of another campaign's paper of the same doses.

    The same `id` again is the same paper.

    Raises ReissueReasonMissing, NothingToIssueAgain, RevokedByYourself, NobodyElseDecides, DosesDoNotCount,
    RecordAltered, KeysFault. `campaign`: the present one, whose papers may have waited for this decision.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReissueReasonMissing
    hold_registrations(session, pilgrim.id)
    known = session.get(Certificate, (pilgrim.id, id))
    if known is not None:
        return known
    on = clock.local_date(at, campaign.timezone)
    check_issue_again(session, pilgrim, revoked, campaign=campaign, by=by, on=on)
    where = _find_place(session, pilgrim, revoked, present=campaign)
    new = _issue(session, pilgrim, revoked, campaign=where, id=id, issuer=issuer, reason=reason.strip(), by=by, at=at)
    refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return new


def check_issue_again(
    session: Session, pilgrim: Pilgrim, revoked: Certificate, *, campaign: Campaign, by: uuid.UUID, on: date
) -> None:
    """Raises NothingToIssueAgain, RevokedByYourself, NobodyElseDecides, DosesDoNotCount."""
    last, _revocation = queries.get_last(session, pilgrim.id, revoked.campaign_code)
    decided = find_decision(session, pilgrim, revoked)
    if last.id != revoked.id or decided is None:
        raise NothingToIssueAgain
    if not may_issue_again(decided[1], by):
        raise _somebody_else(session, pilgrim, decided[1], on=on)
    _assess(session, pilgrim, _find_place(session, pilgrim, revoked, present=campaign))


def _find_place(session: Session, pilgrim: Pilgrim, revoked: Certificate, *, present: Campaign) -> Campaign:
    """The campaign of the new paper: the revoked one's.

    The present one where the doses no longer count for that, and its first paper waits for this decision: nothing else
    could ever let it follow.
    """
    own = campaigns.get_campaign(session, revoked.campaign_code)
    if queries.assess(session, pilgrim, campaign=own).covered:
        return own
    if queries.last_number(session, pilgrim.id, present.code) or not find_registration(
        session, pilgrim.id, present.code
    ):
        return own
    assessment = queries.assess(session, pilgrim, campaign=present)
    waits = withheld.find_withholding(session, pilgrim.id, present.code, assessment.doses)
    return present if assessment.covered and waits and waits[0].id == revoked.id else own


def find_decision(
    session: Session, pilgrim: Pilgrim, certificate: Certificate
) -> tuple[Certificate, CertificateRevocation] | None:
    """The revocation by a person after which none follows a campaign's last paper by itself: its own, or elsewhere."""
    last, revocation = queries.get_last(session, pilgrim.id, certificate.campaign_code)
    if revocation is None or revocation.cause in DECIDED:
        return (last, revocation) if revocation else None
    campaign = campaigns.get_campaign(session, certificate.campaign_code)
    doses = queries.assess(session, pilgrim, campaign=campaign).doses
    return withheld.find_withholding(session, pilgrim.id, campaign.code, doses)


def _assess(session: Session, pilgrim: Pilgrim, campaign: Campaign) -> Assessment:
    """Raises DosesDoNotCount."""
    assessment = queries.assess(session, pilgrim, campaign=campaign)
    if not assessment.covered:
        raise DosesDoNotCount
    return assessment


def _somebody_else(
    session: Session, pilgrim: Pilgrim, revocation: CertificateRevocation, *, on: date
) -> RevokedByYourself | NobodyElseDecides:
    people = withheld.list_deciders(session, pilgrim.id, revocation, on=on)
    return RevokedByYourself(names=", ".join(one.name for one in people)) if people else NobodyElseDecides()


@in_order
def replace_lost(
    session: Session,
    pilgrim: Pilgrim,
    lost: Certificate,
    *,
    id: uuid.UUID,  # noqa: A002 - the new certificate's own
    cause: Cause,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Certificate:
    """Withdraw a lost or stolen paper and issue a new one, both or neither. The same `id` again is the same paper.

    Raises ReasonMissing, AlreadyRevoked, AlreadyReplaced, DosesDoNotCount, RecordAltered, KeysFault.
    """
    hold_registrations(session, pilgrim.id)
    known = session.get(Certificate, (pilgrim.id, id))
    if known is not None:
        return known
    with session.begin_nested():
        _check_codes(lost, issuer)
        revoke_certificate(session, lost, cause=cause, reason=reason, by=by, at=at)
        campaign = campaigns.get_campaign(session, lost.campaign_code)
        return _issue(
            session, pilgrim, lost, campaign=campaign, id=id, issuer=issuer, reason=reason.strip(), by=by, at=at
        )


def _check_codes(lost: Certificate, issuer: Issuer | Keyless) -> None:
    """Raises RecordAltered: nobody decided about the paper itself, and its successor would say the same."""
    differing = find_differences(lost, issuer.trust) if isinstance(issuer, Issuer) else find_contradictions(lost)
    if differing:
        raise RecordAltered(lost, differing)


def _issue(
    session: Session,
    pilgrim: Pilgrim,
    old: Certificate,
    *,
    campaign: Campaign,
    id: uuid.UUID,  # noqa: A002 - the new certificate's own
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Certificate:
    """The next paper of a campaign, in a line of its own, after a decision about the old one."""
    number = queries.last_number(session, pilgrim.id, campaign.code) + 1
    assessment = _assess(session, pilgrim, campaign)
    if altered := withheld.find_altered(session, pilgrim, old):
        raise RecordAltered(old, altered)
    if beside := withheld.find_altered_beside(session, pilgrim.id):
        raise beside
    if isinstance(issuer, Keyless):
        raise issuer.fault
    facts = facts_of(pilgrim, campaign, assessment, issuer)
    row = certificate_row(
        pilgrim,
        facts,
        assessment,
        number,
        replaces=None,
        campaign=campaign,
        issuer=issuer,
        by=by,
        at=at,
        id=id,
        reissue_reason=reason,
    )
    return issue(session, row, assessment.registration, on=clock.local_date(at, campaign.timezone))
