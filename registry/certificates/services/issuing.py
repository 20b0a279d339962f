"""Issue and replace. A certificate follows from doses: nobody writes one by hand."""

import logging
import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from registry import clock
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries, rules, withheld
from registry.certificates.facts import SheetFacts
from registry.certificates.keys import Issuer, Keyless, KeysFault
from registry.certificates.models import DECIDED, Cause, Certificate, CertificateHandle
from registry.certificates.queries import Assessment
from registry.certificates.services.alarms import raise_alarms
from registry.certificates.services.withdrawing import NO_LONGER_COVERED, NO_LONGER_TRUE, REVOKED_ELSEWHERE, revoke
from registry.db.order import act, in_order
from registry.hcert import Claims, Kind, encode, write_vaccination
from registry.immunization_log import services as immunization_log
from registry.immunization_log.models import Kind as Entry
from registry.jobs import services as jobs
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim, Registration
from registry.pilgrims.services import hold_registrations
from registry.tallies import services as tallies
from registry.tallies.models import Measure

ATTEMPTS = 2
ASK_FOR_KEY_EVERY = timedelta(seconds=20)
log = logging.getLogger(__name__)


@in_order
def refresh(
    session: Session, pilgrim: Pilgrim, *, campaign: Campaign, issuer: Issuer | Keyless, by: uuid.UUID, at: datetime
) -> Certificate | None:
    """Bring the pilgrim's certificates in line with the recorded facts; whatever changes one of them ends here.

    In `campaign` it issues the first one, replaces one that says something else, revokes one that is no longer earned,
    or leaves it. After a revocation that a person decided it issues nothing; what was altered past the registry it does
    not sign, and raises an alarm. What the pilgrim holds of other campaigns shows the same person and maybe the same
    dose (a conjugate counts five years), so it is kept in line too: where a person revoked one of them the others are
    not replaced but withdrawn, once they are no longer true. Returns the certificate that now stands in `campaign`, if
    any; while the signing key is away it follows by a job.
    """
    for code in queries.list_campaigns_of(session, pilgrim.id):
        other = campaigns.get_campaign(session, code)
        if other.code != campaign.code and _still_matters(session, pilgrim, other, at=at):
            _refresh_in(session, pilgrim, campaign=other, issuer=issuer, by=by, at=at)
    return _refresh_in(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)


def _still_matters(session: Session, pilgrim: Pilgrim, campaign: Campaign, *, at: datetime) -> bool:
    """Whether the last paper of a campaign has not ended, and was not taken away by a person's decision.

    Not where the pilgrim has no place in it: somebody moved the paper there.
    """
    if pilgrims.find_registration(session, pilgrim.id, campaign.code) is None:
        return False
    last, revocation = queries.get_last(session, pilgrim.id, campaign.code)
    return not withheld.has_ended(last, campaign, at=at) and (revocation is None or revocation.cause not in DECIDED)


def _refresh_in(
    session: Session, pilgrim: Pilgrim, *, campaign: Campaign, issuer: Issuer | Keyless, by: uuid.UUID, at: datetime
) -> Certificate | None:
    # A revocation by a person waits here, or this waits for it: otherwise a new paper could follow one revoked now.
    hold_registrations(session, pilgrim.id)
    for attempt in range(ATTEMPTS):
        try:
            with act(session), session.begin_nested():
                return _refresh_once(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
        except IntegrityError:
            # Another desk issued the same number a moment ago: look again, its paper may be the right one.
            if attempt == ATTEMPTS - 1:
                raise
        except KeysFault as fault:
            # A token that was pulled out signs nothing although it was there a moment ago.
            log.warning("a certificate waits for the signing key: %s", fault)
            issuer = Keyless(issuer.authority, issuer.training, fault)
    raise AssertionError("unreachable")


def _refresh_once(
    session: Session, pilgrim: Pilgrim, *, campaign: Campaign, issuer: Issuer | Keyless, by: uuid.UUID, at: datetime
) -> Certificate | None:
    # Read before what stands: of two desks that see nothing standing, the second finds its number taken.
    number = queries.last_number(session, pilgrim.id, campaign.code) + 1
    live = queries.live_certificate(session, pilgrim.id, campaign.code)
    assessment = queries.assess(session, pilgrim, campaign=campaign)
    if not assessment.covered:
        if live is not None:
            revoke(session, live, cause=Cause.NOT_COVERED, reason=NO_LONGER_COVERED, by=by, at=at)
        return None
    facts = facts_of(pilgrim, campaign, assessment, issuer)
    if live is not None and SheetFacts.are_whole(live.facts) and rules.lasting(live.facts) == facts:
        return live
    decided = withheld.find_withholding(session, pilgrim.id, campaign.code, assessment.doses)
    if live is None and decided:
        return None
    last = live or (queries.get_last(session, pilgrim.id, campaign.code)[0] if number > 1 else None)
    if alarm := withheld.find_alarm(session, pilgrim, last, issuer=issuer):
        raise_alarms(session, [alarm], at=at)
        return live
    if isinstance(issuer, Keyless) or decided:
        # A paper that no longer tells the truth must not count until another one may be signed.
        if live is not None:
            reason = REVOKED_ELSEWHERE if decided else NO_LONGER_TRUE
            revoke(session, live, cause=Cause.OUTDATED, reason=reason, by=by, at=at)
        if not decided:
            _put_off(session, pilgrim, campaign=campaign, by=by, at=at)
        return None
    row = certificate_row(
        pilgrim, facts, assessment, number, replaces=live, campaign=campaign, issuer=issuer, by=by, at=at
    )
    return issue(session, row, assessment.registration, on=clock.local_date(at, campaign.timezone))


def _put_off(session: Session, pilgrim: Pilgrim, *, campaign: Campaign, by: uuid.UUID, at: datetime) -> None:
    """A job issues it when the key is back."""
    payload = {"pilgrim": str(pilgrim.id), "campaign": campaign.code, "by": str(by)}
    jobs.enqueue(session, withheld.ISSUE, payload, id=new_id(), by=by, at=at, not_before=at + ASK_FOR_KEY_EVERY)


def facts_of(pilgrim: Pilgrim, campaign: Campaign, assessment: Assessment, issuer: Issuer | Keyless) -> dict[str, Any]:
    """What the certificate says, without what each new paper has anew."""
    return {
        **rules.printed_facts(pilgrim, campaign, assessment.doses),
        "planned_arrival": assessment.arrival_on.isoformat(),
        "arrival_assumed": assessment.registration.arrival_on is None,
        "authority": issuer.authority,
        "training": issuer.training,
    }


def issue(session: Session, row: dict[str, Any], registration: Registration, *, on: date) -> Certificate:
    """Keep, log and count a paper that is signed: a `certificate_row`."""
    certificate = Certificate(**row)
    _insert(session, certificate)
    _record_issue(session, certificate, region=registration.region_code, on=on)
    return certificate


def certificate_row(
    pilgrim: Pilgrim,
    facts: dict[str, Any],
    assessment: Assessment,
    number: int,
    *,
    replaces: Certificate | None,
    campaign: Campaign,
    issuer: Issuer,
    by: uuid.UUID,
    at: datetime,
    id: uuid.UUID | None = None,  # noqa: A002 - the certificate's own
    reissue_reason: str | None = None,
) -> dict[str, Any]:
    """A new paper with its code, its link and its signatures. Reads and writes nothing. Raises KeysFault.

    `replaces`: the one in force; `reissue_reason`: a person decided on it.
    """
    today = clock.local_date(at, campaign.timezone)
    code, token, own_id = rules.new_code(), rules.new_token(), id or new_id()
    valid_from, valid_until = rules.entry_days(assessment.doses)
    until = rules.codes_until(valid_until=valid_until, zone=campaign.entry_timezone, signs_until=issuer.signs_until)
    anew = _facts_anew(code, f"{issuer.url}/v/{token}", replaces, issued_on=today, codes_until=until)
    signed = _sign_doses(pilgrim, campaign, assessment, issuer=issuer, certificate_id=own_id, on=today, at=at)
    doses = [{**dose, "signed_code": text} for dose, text in zip(facts["doses"], signed, strict=True)]
    return {
        "pilgrim_id": pilgrim.id,
        "id": own_id,
        "campaign_code": campaign.code,
        "number": number,
        "code": code,
        "token": token,
        "issued_at": at,
        "issued_by_id": by,
        "replaces_id": replaces.id if replaces else None,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "reissue_reason": reissue_reason,
        "facts": {**facts, **anew, "doses": doses},
    }


def _facts_anew(
    code: str, verify_url: str, replaces: Certificate | None, *, issued_on: date, codes_until: date | None
) -> dict[str, Any]:
    """What every new paper has anew, beside its signatures."""
    return {
        "code": code,
        "verify_url": verify_url,
        "issued_on": issued_on.isoformat(),
        "codes_until": codes_until.isoformat() if codes_until else None,
        "replaces": [replaces.code, replaces.facts["issued_on"]] if replaces else None,
    }


def _insert(session: Session, certificate: Certificate) -> None:
    session.add(certificate)
    session.flush()
    for row in handle_rows(certificate):
        session.add(CertificateHandle(**row))
    session.flush()


def handle_rows(certificate: Certificate) -> list[dict[str, Any]]:
    """What leads to a certificate. The signed codes name it by its id, so that is a handle too."""
    return [
        {"value": value, "pilgrim_id": certificate.pilgrim_id, "certificate_id": certificate.id}
        for value in (certificate.code, certificate.token, certificate.id.hex)
    ]


def _sign_doses(
    pilgrim: Pilgrim,
    campaign: Campaign,
    assessment: Assessment,
    *,
    issuer: Issuer,
    certificate_id: uuid.UUID,
    on: date,
    at: datetime,
) -> list[str]:
    """One signed code a dose: it names the certificate, so that one revocation reaches them all. Raises KeysFault."""
    issuer.check_signs(at)
    texts, window = [], rules.entry_days(assessment.doses)
    ends = rules.signature_ends(valid_until=window[1], zone=campaign.entry_timezone, signs_until=issuer.signs_until)
    for printed in assessment.doses:
        claim = rules.vaccination_claim(pilgrim, campaign, printed, issued_on=on, window=window)
        claims = Claims(
            kind=Kind.DVC,
            content=write_vaccination(claim, generation=issuer.dvc_generation),
            issuer=issuer.country,
            issued_at=at,
            expires_at=ends,
            cti=certificate_id.bytes,
        )
        texts.append(encode(claims, issuer.signer))
    return texts


def _record_issue(session: Session, certificate: Certificate, *, region: str, on: date) -> None:
    """Log, audit, and count the pilgrim once however often the paper is replaced."""
    is_first = certificate.replaces_id is None
    point = rules.newest_point(certificate.facts)
    kind = Entry.CERTIFICATE_ISSUED if is_first else Entry.CERTIFICATE_REPLACED
    immunization_log.append_row(session, kind, certificate, stream=point, at=certificate.issued_at)
    audit.record(
        session,
        Action.CERTIFICATE_REISSUED if certificate.reissue_reason else Action.CERTIFICATE_ISSUED,
        by=certificate.issued_by_id,
        at=certificate.issued_at,
        pilgrim=certificate.pilgrim_id,
        certificate=str(certificate.id),
        number=certificate.number,
    )
    if is_first:
        tallies.add(session, Measure.CERTIFIED, campaign=certificate.campaign_code, region=region, point=point, day=on)
