"""Set a dose right, or withdraw one that was entered in error."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, Keyless
from registry.corrections import rules
from registry.corrections.services.recording import lock_pilgrim_of, record
from registry.db.order import in_order
from registry.errors import Refusal, refuse
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.pilgrims.models import Correction, Pilgrim
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.models import Dose, DoseDetails, DoseStatus
from registry.vaccines import queries as vaccines


@in_order
def correct_dose(
    session: Session,
    dose: Dose,
    details: DoseDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Correction:
    """Supersede a dose by a version that says what was really given; the same rules hold as for a new dose."""
    pilgrim = lock_pilgrim_of(session, dose)
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    changes = _dose_changes(session, dose, details)
    refuse([*rules.reason_faults(reason), *rules.change_faults(changes)])
    others = [d for d in vaccination_queries.list_live_doses(session, pilgrim.id) if d.id != dose.id]
    vaccinations.refuse_second(session, others, details)
    examination = examinations.find_latest_examination(session, pilgrim.id, dose.campaign_code, on=details.given_on)
    refuse(_dose_faults(session, pilgrim, dose, details, examination, at=at), confirmed=confirmed)
    with session.begin_nested():
        vaccinations.supersede_dose(session, dose, details, examination=examination, by=by, at=at)
    correction = record(session, dose, changes, id=id, reason=reason, by=by, at=at)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return correction


@in_order
def withdraw_dose(
    session: Session,
    dose: Dose,
    *,
    id: uuid.UUID,  # noqa: A002 - the correction's own
    campaign: Campaign,
    issuer: Issuer | Keyless,
    reason: str,
    by: uuid.UUID,
    at: datetime,
) -> Correction:
    """Say that a dose was entered in error: it no longer counts, and goes back to the stock."""
    pilgrim = lock_pilgrim_of(session, dose)
    recorded = session.get(Correction, (pilgrim.id, id))
    if recorded is not None:
        return recorded
    refuse(rules.reason_faults(reason))
    vaccinations.supersede_dose(session, dose, None, by=by, at=at)
    changes = [{"field": "status", "old": DoseStatus.COMPLETED.value, "new": DoseStatus.ENTERED_IN_ERROR.value}]
    correction = record(session, dose, changes, id=id, reason=reason, by=by, at=at)
    certificates.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=by, at=at)
    return correction


def _dose_faults(
    session: Session,
    pilgrim: Pilgrim,
    dose: Dose,
    details: DoseDetails,
    examination: Examination | None,
    *,
    at: datetime,
) -> Iterable[Refusal]:
    """What speaks against the details, judged as of the visit in which the dose was first recorded."""
    versions = vaccination_queries.list_dose_versions(session, pilgrim.id)
    return vaccination_queries.list_dose_faults(
        session,
        pilgrim,
        details,
        campaign=campaigns.get_campaign(session, dose.campaign_code),
        examination=examination,
        at=at,
        vaccinated_at=versions[0].recorded_at,
        recorded_at=min(one.recorded_at for one in versions if one.visit_id == dose.visit_id),
    )


def _dose_changes(session: Session, dose: Dose, details: DoseDetails) -> list[dict[str, Any]]:
    """Old and new as staff read them: a lot by its number."""
    before = DoseDetails.model_validate(dose.model_dump()).model_dump(mode="json")
    after = details.model_dump(mode="json")
    changes = [{"field": f, "old": before[f], "new": after[f]} for f in before if before[f] != after[f]]
    for change in changes:
        if change["field"] == "lot_id":
            old, new = (vaccines.get_lot(session, d.lot_id).number for d in (dose, details))
            change.update(field="lot", old=old, new=new)
    return changes
