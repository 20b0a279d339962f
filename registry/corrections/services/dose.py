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
from registry.certificates.logged import find_altered_dose
from registry.corrections import dose_rules, queries, rules
from registry.corrections.services.recording import lock_pilgrim_of, record
from registry.db.order import in_order
from registry.errors import Refusal, refuse
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.pilgrims.models import Correction, Pilgrim
from registry.staff import queries as staff
from registry.vaccinations import queries as vaccination_queries
from registry.vaccinations import services as vaccinations
from registry.vaccinations.models import Dose, DoseDetails, DoseStatus
from registry.vaccines import queries as vaccines
from registry.vaccines.rules import OutOfStock


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
    _refuse_unsound(session, dose)
    changes = _dose_changes(session, dose, details)
    refuse([*rules.reason_faults(reason), *rules.change_faults(changes)])
    _refuse_second(session, dose, details)
    examination = examinations.find_latest_examination(session, pilgrim.id, dose.campaign_code, on=details.given_on)
    refuse(_dose_faults(session, pilgrim, dose, details, examination, at=at), confirmed=confirmed)
    try:
        with session.begin_nested():
            vaccinations.supersede_dose(session, dose, details, examination=examination, by=by, at=at)
    except OutOfStock as fault:
        refuse(dose_rules.of_a_given_dose([fault], given_on=details.given_on))
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
    _refuse_unsound(session, dose)
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
    faults = vaccination_queries.list_dose_faults(
        session,
        pilgrim,
        details,
        campaign=campaigns.get_campaign(session, dose.campaign_code),
        examination=examination,
        at=at,
        vaccinated_at=versions[0].recorded_at,
        recorded_at=min(one.recorded_at for one in versions if one.visit_id == dose.visit_id),
    )
    return dose_rules.of_a_given_dose(faults, given_on=details.given_on)


def _refuse_unsound(session: Session, dose: Dose) -> None:
    """Raises DoseChangedMeanwhile, which says what was done with the dose since a page showed it; DoseNotAsLogged.

    Stock and counters are taken back where the row says that the dose was given: an altered row would take another's.
    """
    if (newer := queries.find_newer(session, dose)) is not None:
        raise newer
    if find_altered_dose(session, dose.pilgrim_id) is not None:
        raise dose_rules.DoseNotAsLogged


def _refuse_second(session: Session, dose: Dose, details: DoseDetails) -> None:
    """One vaccine is given once a day; a dose is not in the way of its own correction."""
    for other in vaccination_queries.list_live_doses(session, dose.pilgrim_id):
        same = (other.antigen_code, other.given_on) == (details.antigen_code, details.given_on)
        if other.id != dose.id and same:
            by = staff.get_staff(session, other.recorded_by_id).name
            raise dose_rules.AnotherDoseThatDay(given_on=other.given_on, by=by)


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
