"""Describe a lot as its box does, in every dose of it and on every certificate that names it."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from registry.campaigns.models import Campaign
from registry.certificates import queries as certificate_queries
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, Keyless
from registry.corrections import queries, rules
from registry.corrections.services.recording import lock_pilgrim_of, new_correction, record
from registry.db.order import in_order
from registry.errors import refuse
from registry.jobs import services as jobs
from registry.model import new_id
from registry.pilgrims.models import Subject
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.models import DoseDetails
from registry.vaccines import queries as vaccines
from registry.vaccines import services as stock
from registry.vaccines.models import Lot
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
) -> Sequence[dict[str, Any]]:
    """Describe a lot as its box does, everywhere, and replace every certificate that names it; what was changed.

    Each dose of the lot gets a correction of its own: its pilgrim's record then tells what was printed before.
    `only_at`: the points for which one may decide, None for all. A lot has one number in the whole country, so it is
    refused (LotBeyondYourPoints) where the lot is elsewhere too. `count` tells how many certificates name the lot;
    where it is left out they are counted here, which takes seconds in a large register, while others wait.
    """
    vaccination_queries.lock_recipients(session, lot.id)
    lot = vaccines.lock_lot(session, lot.id)
    vaccination_queries.lock_recipients(session, lot.id, wait=False)
    refuse(rules.reason_faults(reason))
    if only_at is not None and not set(vaccines.list_points_with_lot(session, lot.id)) <= set(only_at):
        raise rules.LotBeyondYourPoints
    with session.begin_nested():
        changes = stock.change_lot(session, lot, details, by=by, at=at, confirmed=confirmed)
        refuse(rules.change_faults(changes))
        printed = [{**change, "field": PRINTED[change["field"]]} for change in changes if change["field"] in PRINTED]
        if printed and isinstance(issuer, Keyless):
            # Hundreds of papers could lose their force until the key is back: a lot can wait.
            raise issuer.fault
        known = rules.CertificatesWillBeReplaced(0).code in confirmed
        count = count or partial(certificate_queries.count_showing_lot, session, lot.id)
        standing = count() if printed and not known else 0
        refuse([rules.CertificatesWillBeReplaced(standing)] if standing else [], confirmed=confirmed)
    _held = certificate_queries.read_shared(session)
    for dose in vaccination_queries.list_live_doses_of_lot(session, lot.id) if printed else ():
        pilgrim = lock_pilgrim_of(session, dose)
        if dose.product_code != lot.product_code:
            other = DoseDetails.model_validate({**dose.model_dump(), "product_code": lot.product_code})
            vaccinations.supersede_dose(session, dose, other, by=by, at=at)
        correction = new_correction(
            pilgrim.id, Subject.DOSE, dose.id, printed, id=new_id(), reason=reason, by=by, at=at
        )
        record(session, correction, stream=dose.point_code)
        certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return changes


def request_count(session: Session, lot: Lot, *, by: uuid.UUID, at: datetime) -> None:
    """Have a worker count the certificates that name a lot, once in ten minutes."""
    jobs.enqueue(session, queries.COUNT, {"lot": str(lot.id)}, id=queries.count_id(lot.id, at=at), by=by, at=at)
