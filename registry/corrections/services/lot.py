"""Describe a lot as its box does, in every dose of it and on every certificate that names it."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries as certificate_queries
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, Keyless
from registry.corrections import queries, rules
from registry.corrections.seen import Seen, of_lot
from registry.corrections.services.recording import lock_pilgrim, record
from registry.db.order import in_order
from registry.errors import NotFound, refuse
from registry.jobs import services as jobs
from registry.model import new_id
from registry.pilgrims.models import Correction
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccines import queries as vaccines
from registry.vaccines import services as stock
from registry.vaccines.models import Lot
from registry.vaccines.rules import normalise_number
from registry.vaccines.services import LotDetails

# What a certificate prints of a lot, as a dose calls it.
PRINTED = {"number": "lot", "product_code": "product_code"}


@in_order
def correct_lot(
    session: Session,
    lot: Lot,
    details: LotDetails,
    *,
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
    only_at: Collection[str] | None = None,
    count: Callable[[], int] | None = None,
    seen: Seen | None = None,
) -> Sequence[dict[str, Any]]:
    """Describe a lot as its box does, everywhere; what was changed.

    Where it is printed, a worker carries it to the doses and certificates that name the lot (`follow_lot`): they may be
    thousands, and nobody waits for them. `only_at`: the points for which one may decide, None for all. A lot has one
    number in the whole country, so it is refused (LotBeyondYourPoints) where the lot is elsewhere too. `count` tells
    how many certificates name the lot; where it is left out they are counted here, which takes seconds in a large
    register, while others wait. `seen`: what the page showed; a ChangedMeanwhile where that is not what stands.
    """
    lot = vaccines.lock_lot(session, lot.id)
    if seen is not None:
        seen.refuse_stale(of_lot(lot), of_lot(replace(details, number=normalise_number(details.number))))
    refuse(rules.reason_faults(reason))
    _refuse_elsewhere(session, lot, only_at)
    with session.begin_nested():
        changes = stock.change_lot(session, lot, details, by=by, at=at, confirmed=confirmed)
        if not changes and _try_again(session, lot, by=by, at=at):
            return []
        refuse(rules.change_faults(changes))
        printed = [{**change, "field": PRINTED[change["field"]]} for change in changes if change["field"] in PRINTED]
        if printed:
            _allow_replacing(session, lot, issuer, count, confirmed=confirmed)
    if printed:
        act = Follow(new_id(), lot.id, campaign.code, printed, reason.strip(), by, at)
        jobs.enqueue(session, queries.FOLLOW, act.to_json(), id=act.id, by=by, at=at)
    return changes


def _refuse_elsewhere(session: Session, lot: Lot, only_at: Collection[str] | None) -> None:
    if only_at is not None and not set(vaccines.list_points_with_lot(session, lot.id)) <= set(only_at):
        raise rules.LotBeyondYourPoints


def _try_again(session: Session, lot: Lot, *, by: uuid.UUID, at: datetime) -> bool:
    """Begin anew with a correction that did not reach everybody; whom it reached it changes no more."""
    last = queries.find_following(session, lot.id)
    if last is None or not queries.missed_somebody(last):
        return False
    act = replace(Follow.from_json(last.payload), after=None, missed=())
    jobs.enqueue(session, queries.FOLLOW, act.to_json(), id=new_id(), by=by, at=at)
    return True


def _allow_replacing(
    session: Session,
    lot: Lot,
    issuer: Issuer | Keyless,
    count: Callable[[], int] | None,
    *,
    confirmed: Collection[str],
) -> None:
    """Raises a KeysFault: a lot can wait, and hundreds of papers would lose their force until the key is back."""
    if isinstance(issuer, Keyless):
        raise issuer.fault
    known = rules.CertificatesWillBeReplaced(0).code in confirmed
    count = count or partial(certificate_queries.count_showing_lot, session, lot.id)
    standing = 0 if known else count()
    refuse([rules.CertificatesWillBeReplaced(standing)] if standing else [], confirmed=confirmed)


@dataclass(frozen=True)
class Follow:
    """What the doses of a corrected lot must follow. `printed`: [{"field", "old", "new"}, ...] as a dose calls them.

    `after`: the (pilgrim, campaign) that was reached last; `missed`: pilgrims who could not be reached.
    """

    id: uuid.UUID  # of the act: all its corrections follow from it
    lot_id: uuid.UUID
    campaign_code: str
    printed: list[dict[str, Any]]
    reason: str
    by: uuid.UUID
    at: datetime
    after: tuple[uuid.UUID, str] | None = None
    missed: tuple[uuid.UUID, ...] = ()

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = _FOLLOW.dump_python(self, mode="json")
        return stored

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "Follow":
        return _FOLLOW.validate_python(stored)


_FOLLOW = TypeAdapter(Follow)


@in_order
def follow_lot(
    session: Session,
    pilgrim_id: uuid.UUID,
    campaign_code: str,
    follow: Follow,
    *,
    issuer: Issuer,
    at: datetime,
) -> None:
    """Bring a pilgrim's doses of a corrected lot, and the certificates that name it, in line with it.

    Each dose gets a correction: the record then tells what was printed before. The same act again changes nothing.
    """
    try:
        pilgrim = lock_pilgrim(session, pilgrim_id, campaign_code)
    except NotFound:
        return  # registered by mistake, as somebody said since: none of its doses counts
    lot = vaccines.get_lot(session, follow.lot_id, anew=True)
    versions = vaccination_queries.list_dose_versions(session, pilgrim_id)
    for dose in vaccination_queries.list_live_doses(session, pilgrim_id, campaign_code=campaign_code):
        named = min(version.recorded_at for version in versions if _slot(version) == _slot(dose)) <= follow.at
        own_id = uuid.uuid5(follow.id, f"{pilgrim_id} {_slot(dose)}")
        if dose.lot_id != lot.id or session.get(Correction, (pilgrim_id, own_id)) is not None:
            continue
        if dose.product_code != lot.product_code:
            other = DoseDetails.model_validate({**dose.model_dump(), "product_code": lot.product_code})
            vaccinations.supersede_dose(session, dose, other, by=follow.by, at=at)
        if named:  # it was there when the lot was corrected, so a paper may have said otherwise
            record(session, dose, follow.printed, id=own_id, reason=follow.reason, by=follow.by, at=at)
    campaign = campaigns.get_campaign(session, follow.campaign_code)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=follow.by, at=at)


def _slot(dose: Dose) -> tuple[str, str, int]:
    """What all versions of a dose have in common."""
    return dose.campaign_code, dose.antigen_code, dose.number


def request_count(session: Session, lot: Lot, *, by: uuid.UUID, at: datetime) -> None:
    """Have a worker count the certificates that name a lot, once in ten minutes."""
    jobs.enqueue(session, queries.COUNT, {"lot": str(lot.id)}, id=queries.count_id(lot.id, at=at), by=by, at=at)
