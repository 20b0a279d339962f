"""Set a person's details or place in the campaign right."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries as certificate_queries
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.logged import find_earned
from registry.corrections import queries, rules
from registry.corrections.seen import Seen, of_pilgrim
from registry.corrections.services.recording import record
from registry.db.order import in_order
from registry.errors import Refusal, refuse
from registry.examinations import queries as examinations
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.models import Correction, Pilgrim, PilgrimDetails, Registration
from registry.pilgrims.rows import RegistrationDetails
from registry.pilgrims.rules import normalise
from registry.tallies.models import Measure
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.rules import Count, contribution


@in_order
def correct_pilgrim(
    session: Session,
    pilgrim: Pilgrim,
    details: PilgrimDetails,
    place: RegistrationDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
    seen: Seen | None = None,
) -> Correction:
    """Set a person's details or place in the campaign right. The same `id` again is the same correction.

    `seen`: what the page showed; a ChangedMeanwhile where that is not what stands. None where no page was open.
    """
    registration = pilgrim_services.hold_registration(session, pilgrim.id, campaign.code)
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    session.refresh(pilgrim)  # it was read before this act waited for its turn
    if seen is not None:
        seen.refuse_stale(of_pilgrim(pilgrim, registration), of_pilgrim(normalise(details), place))
    refuse(rules.reason_faults(reason))
    today = clock.local_date(at, campaign.timezone)
    _refuse_another_person(session, pilgrim, details, by=by, on=today, confirmed=confirmed)
    with _counting_anew(session, pilgrim, registration, campaign), session.begin_nested():
        changes = [
            *pilgrim_services.change_details(session, pilgrim, details, campaign=campaign, at=at, confirmed=confirmed),
            *pilgrim_services.change_registration(session, registration, place, campaign=campaign),
        ]
        refuse(rules.change_faults(changes))
    correction = record(session, pilgrim, changes, id=id, reason=reason, by=by, at=at)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return correction


def _refuse_another_person(
    session: Session,
    pilgrim: Pilgrim,
    details: PilgrimDetails,
    *,
    by: uuid.UUID,
    on: date,
    confirmed: Collection[str],
) -> None:
    """Doses and a revocation stay with the person. Details that are no details are refused elsewhere."""
    wanted = normalise(details)
    faults: list[Refusal] = []
    if rules.leaving(pilgrim, wanted):
        faults += queries.list_number_faults(session, pilgrim, by=by, on=on)
    if wanted.birth_on and wanted.sex:
        faults += queries.list_identity_faults(session, pilgrim, wanted)
    refuse(faults, confirmed=confirmed)


@contextmanager
def _counting_anew(
    session: Session, pilgrim: Pilgrim, registration: Registration, campaign: Campaign
) -> Iterator[None]:
    """Move what the pilgrim adds to the counters from where it was counted to where it counts after the change."""
    before = counts_of(session, pilgrim, campaign, region=registration.region_code)
    yield
    after = counts_of(session, pilgrim, campaign, region=registration.region_code)
    vaccinations.move_counts(session, campaign.code, before=before, after=after)


def counts_of(session: Session, pilgrim: Pilgrim, campaign: Campaign, *, region: str) -> Counter[Count]:
    """What the pilgrim's examination, doses and certificate add to the counters of a region."""
    doses = vaccination_queries.list_live_doses(session, pilgrim.id, campaign_code=campaign.code)
    mandatory = [antigen.code for antigen in campaigns.list_antigens(session, campaign.code)]
    counts = contribution(doses, region_code=region, mandatory=mandatory)
    examined = examinations.list_examinations(session, pilgrim.id, campaign.code)
    if examined:
        first = min(examined, key=lambda examination: examination.recorded_at)
        counts[Count(Measure.EXAMINED, "", region, first.point_code, first.examined_on)] += 1
    live = certificate_queries.live_certificate(session, pilgrim.id, campaign.code)
    if live is not None:
        earned = find_earned(session, certificate_queries.first_of_line(session, live))
        if earned is not None:
            day = clock.local_date(earned.at, campaign.timezone)
            counts[Count(Measure.CERTIFIED, "", region, earned.point, day)] += 1
    return counts
