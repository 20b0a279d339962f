"""Bring a campaign from its file."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete

from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries
from registry.campaigns.intake import CampaignDocument, RequirementPart, read
from registry.campaigns.models import (
    Antigen,
    Campaign,
    CampaignPoint,
    PointRegion,
    Region,
    Requirement,
    VaccinationPoint,
)

NO_LONGER_ASKED = "No longer in the campaign's file."


def load_campaign(session: Session, document: Mapping[str, Any], *, by: UUID | None, at: datetime) -> Campaign:
    """Bring the campaign of a file (its shape: `intake`). Loading the same file again changes nothing.

    A changed requirement becomes a new version, one that left the file a version that is switched off: what a
    certificate was issued under stays readable. Raises Refusals naming every fault of the file.
    """
    file = read(CampaignDocument, document)
    _bring(session, (Region(**part.model_dump(), sort_order=i) for i, part in enumerate(file.regions, 1)))
    _bring(session, (Antigen(**part.model_dump(), sort_order=i) for i, part in enumerate(file.antigens, 1)))
    campaign = session.merge(Campaign(**file.campaign.model_dump()))
    session.flush()
    _bring_points(session, file)
    changed = _bring_requirements(session, file)
    audit.record(
        session,
        Action.CAMPAIGN_LOADED,
        by=by,
        at=at,
        subject=campaign.code,
        points=len(file.points),
        requirements=len(file.requirements),
        changed=changed,
    )
    session.flush()
    return campaign


def _bring(session: Session, rows: Iterable[Any]) -> None:
    for row in rows:
        session.merge(row)
    session.flush()


def _bring_points(session: Session, file: CampaignDocument) -> None:
    own = {"regions", "printed_row", "printed_region", "printed_place"}
    _bring(session, (VaccinationPoint(**part.model_dump(exclude=own)) for part in file.points))
    # What a point serves and which points take part is said anew by each file.
    session.execute(delete(PointRegion).where(col(PointRegion.point_code).in_([part.code for part in file.points])))
    session.execute(delete(CampaignPoint).where(col(CampaignPoint.campaign_code) == file.campaign.code))
    for order, part in enumerate(file.points, 1):
        session.add_all(PointRegion(point_code=part.code, region_code=region) for region in part.regions)
        session.add(
            CampaignPoint(
                campaign_code=file.campaign.code,
                point_code=part.code,
                sort_order=order,
                printed_row=part.printed_row,
                printed_region=part.printed_region,
                printed_place=part.printed_place,
            )
        )
    session.flush()


def _bring_requirements(session: Session, file: CampaignDocument) -> list[str]:
    """Add a version for each requirement that differs from the newest one; their codes."""
    campaign_code = file.campaign.code
    known = {r.code: r for r in queries.list_requirements(session, campaign_code, mandatory_only=False)}
    wanted = {part.code: _columns(part) for part in file.requirements}
    for code, requirement in known.items():
        if code not in wanted and requirement.mandatory:
            wanted[code] = {**_terms(requirement), "mandatory": False, "note": NO_LONGER_ASKED}
    changed = [code for code, terms in wanted.items() if code not in known or _terms(known[code]) != terms]
    for code in changed:
        version = known[code].version + 1 if code in known else 1
        session.add(Requirement(campaign_code=campaign_code, version=version, **wanted[code]))
    session.flush()
    return sorted(changed)


def _columns(part: RequirementPart) -> dict[str, Any]:
    return {**part.model_dump(exclude={"antigen"}), "antigen_code": part.antigen}


def _terms(requirement: Requirement) -> dict[str, Any]:
    return requirement.model_dump(exclude={"campaign_code", "version"})
