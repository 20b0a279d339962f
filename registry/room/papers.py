"""A pilgrim's certificates, and what stands between the pilgrim and the next one."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries
from registry.certificates.decisions import may_be_decided
from registry.certificates.histories import Standing
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.queries import Assessment
from registry.certificates.rules import PrintedDose
from registry.certificates.services.withdrawing import FOLLOWED, NO_LONGER_TRUE
from registry.certificates.withheld import Withheld, find_alteration, find_withheld, has_ended, waits_for_key
from registry.errors import Refusal
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim

_Listed = Sequence[tuple[Certificate, Standing]]


@dataclass(frozen=True)
class LastPaper:
    """A campaign's last certificate, what revoked it, and the decision that lets none follow it by itself.

    That may be a decision about another campaign's certificate with the same dose, and this one may be in force.
    """

    certificate: Certificate
    revocation: CertificateRevocation | None
    withheld: Withheld | None

    @property
    def revocable(self) -> bool:
        """Whether it is in force, or the registry withdrew it by itself: a person may decide about both."""
        return may_be_decided(self.revocation)


@dataclass(frozen=True)
class Papers:
    """All certificates of a pilgrim, the oldest first, and how it stands with those of one campaign.

    `live`: the one in force. `last`: the last one of each campaign that has not ended. `withheld`: a certificate that a
    person revoked, after which none follows by itself.
    `waits_for_key`: one is earned and could not be signed yet. `altered`: something was changed past the registry.
    `recalled_on`: the day on which a lot that the live one names was recalled; it stands all the same.
    """

    listed: _Listed
    live: Certificate | None
    last: Sequence[LastPaper]
    withheld: Withheld | None
    waits_for_key: bool
    altered: Refusal | None
    recalled_on: date | None

    @property
    def counting(self) -> Sequence[LastPaper]:
        """Those in force though a person revoked another campaign's certificate with the same dose."""
        return [one for one in self.last if one.revocation is None and one.withheld]

    @property
    def decidable(self) -> Mapping[uuid.UUID, LastPaper]:
        """{certificate: itself} of those about which a person may decide; what the page asks as a whole is not here."""
        asked = self.withheld.followed.id if self.withheld else None
        return {
            one.certificate.id: one
            for one in self.last
            if one.revocable or (one.withheld and one.certificate.id != asked)
        }

    @property
    def followed(self) -> dict[uuid.UUID, Cause]:
        """{certificate: what took the force of the one before it in its campaign}, where something did."""
        found, last = {}, dict[str, Standing]()
        for certificate, standing in self.listed:
            before = last.get(certificate.campaign_code)
            if before is not None and before.revocation is not None:
                found[certificate.id] = before.revocation.cause
            last[certificate.campaign_code] = standing
        return found

    def reason_of(self, certificate: Certificate, revocation: CertificateRevocation) -> str:
        """Why a certificate was revoked, as it stands now: what was to follow may have followed since."""
        newer = [
            one
            for one, _ in self.listed
            if one.campaign_code == certificate.campaign_code and one.number > certificate.number
        ]
        return FOLLOWED if newer and revocation.reason == NO_LONGER_TRUE else revocation.reason


def read_papers(
    session: Session, pilgrim: Pilgrim, campaign: Campaign, assessment: Assessment | None, *, at: datetime
) -> Papers:
    """Without an assessment the pilgrim is not registered in the campaign: nothing is decided about its papers."""
    live = queries.live_certificate(session, pilgrim.id, campaign.code)
    listed = _list_papers(session, pilgrim, on=clock.local_date(at, campaign.entry_timezone))
    lasts = {one.certificate.campaign_code: one for one in _list_last(session, pilgrim, campaign, assessment, at=at)}
    own, doses = lasts.get(campaign.code), assessment.doses if assessment else ()
    withheld = own.withheld if own else _find_withheld(session, pilgrim, campaign, doses, at=at)
    return Papers(
        listed=listed,
        live=live,
        last=[*lasts.values()],
        withheld=None if live else withheld,
        waits_for_key=live is None and waits_for_key(session, pilgrim.id, campaign.code),
        altered=find_alteration(session, pilgrim, _last(listed, campaign)),
        recalled_on=queries.find_recall(session, live, timezone=campaign.timezone) if live else None,
    )


def _list_papers(session: Session, pilgrim: Pilgrim, *, on: date) -> _Listed:
    return [
        (certificate, queries.standing(session, certificate, on=on))
        for certificate in queries.list_certificates(session, pilgrim.id)
    ]


def _last(listed: _Listed, campaign: Campaign) -> Certificate | None:
    own = [paper for paper, _standing in listed if paper.campaign_code == campaign.code]
    return max(own, key=attrgetter("number"), default=None)


def _list_last(
    session: Session, pilgrim: Pilgrim, present: Campaign, assessment: Assessment | None, *, at: datetime
) -> Iterator[LastPaper]:
    """Of each campaign in which the pilgrim is registered; of another than the present one while it has not ended."""
    for code, history in queries.list_histories(session, pilgrim.id).items():
        certificate, revocation = history[-1]
        campaign = campaigns.get_campaign(session, code)
        if code == present.code:
            judged = assessment
        elif has_ended(certificate, campaign, at=at) or not pilgrims.find_registration(session, pilgrim.id, code):
            continue
        else:
            judged = queries.assess(session, pilgrim, campaign=campaign)
        if judged:
            withheld = _find_withheld(session, pilgrim, campaign, judged.doses, at=at)
            yield LastPaper(certificate, revocation, withheld)


def _find_withheld(
    session: Session, pilgrim: Pilgrim, campaign: Campaign, doses: Sequence[PrintedDose], *, at: datetime
) -> Withheld | None:
    return find_withheld(session, pilgrim.id, campaign.code, doses, on=clock.local_date(at, campaign.timezone))
