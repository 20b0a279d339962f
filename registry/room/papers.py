"""A pilgrim's certificates, and what stands between the pilgrim and the next one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from registry import clock
from registry.campaigns.models import Campaign
from registry.certificates import queries
from registry.certificates.decisions import may_be_decided
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.queries import Assessment, Standing
from registry.certificates.services.withdrawing import FOLLOWED, NO_LONGER_TRUE
from registry.certificates.withheld import Withheld, find_alteration, find_withheld, waits_for_key
from registry.errors import Refusal
from registry.pilgrims.models import Pilgrim

_Listed = Sequence[tuple[Certificate, Standing]]


@dataclass(frozen=True)
class Papers:
    """All certificates of a pilgrim, the oldest first, and how it stands with those of one campaign.

    `live`: the one in force. `revocable`: that one, or the last one that the registry withdrew by itself, about which a
    person may decide as well. `withheld`: a certificate that a person revoked, after which none follows by itself.
    `waits_for_key`: one is earned and could not be signed yet. `altered`: something was changed past the registry.
    `recalled_on`: the day on which a lot that the live one names was recalled; it stands all the same.
    """

    listed: _Listed
    live: Certificate | None
    revocable: Certificate | None
    withheld: Withheld | None
    waits_for_key: bool
    altered: Refusal | None
    recalled_on: date | None

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
    last, revocation = _last(listed, campaign)
    today, doses = clock.local_date(at, campaign.timezone), assessment.doses if assessment else ()
    return Papers(
        listed=listed,
        live=live,
        revocable=last if assessment and may_be_decided(revocation) else None,
        withheld=None if live else find_withheld(session, pilgrim.id, campaign.code, doses, on=today),
        waits_for_key=live is None and waits_for_key(session, pilgrim.id, campaign.code),
        altered=find_alteration(session, pilgrim, last),
        recalled_on=queries.find_recall(session, live, timezone=campaign.timezone) if live else None,
    )


def _list_papers(session: Session, pilgrim: Pilgrim, *, on: date) -> _Listed:
    return [
        (certificate, queries.standing(session, certificate, on=on))
        for certificate in queries.list_certificates(session, pilgrim.id)
    ]


def _last(listed: _Listed, campaign: Campaign) -> tuple[Certificate | None, CertificateRevocation | None]:
    """The campaign's last paper, and what revoked it."""
    own = [(paper, standing.revocation) for paper, standing in listed if paper.campaign_code == campaign.code]
    return max(own, key=lambda row: row[0].number, default=(None, None))
