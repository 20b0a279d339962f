"""Rows of doses given and not given, made without the database: of one visit, or of thousands."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry import clock
from registry.campaigns.models import Campaign
from registry.examinations.models import Examination
from registry.model import columns_of
from registry.pilgrims.models import Pilgrim
from registry.vaccinations.models import DoseDetails, DoseStatus, NotGivenReason


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What all rows of one visit share: where and when it was recorded, and by whom."""

    visit_id: uuid.UUID
    campaign: Campaign
    point_code: str
    by: uuid.UUID
    at: datetime


def dose_row(
    details: DoseDetails,
    examination: Examination,
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    visit_id: uuid.UUID,
    campaign: Campaign,
    point_code: str,
    number: int,
    given_by: uuid.UUID,
    by: uuid.UUID,
    at: datetime,
    override_reason: str = "",
) -> dict[str, Any]:
    """A new dose of the examined pilgrim."""
    return {
        **columns_of(details),
        "pilgrim_id": examination.pilgrim_id,
        "id": id,
        "campaign_code": campaign.code,
        "point_code": point_code,
        "visit_id": visit_id,
        "examination_id": examination.id,
        "number": number,
        "version": 1,
        "supersedes_id": None,
        "status": DoseStatus.COMPLETED,
        "given_by_id": given_by,
        "recorded_by_id": by,
        "recorded_at": at,
        "override_reason": override_reason.strip(),
    }


def not_given_row(
    pilgrim: Pilgrim,
    *,
    antigen_code: str,
    reason: NotGivenReason,
    note: str,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    visit_id: uuid.UUID,
    campaign: Campaign,
    point_code: str,
    by: uuid.UUID,
    at: datetime,
) -> dict[str, Any]:
    return {
        "pilgrim_id": pilgrim.id,
        "id": id,
        "campaign_code": campaign.code,
        "point_code": point_code,
        "visit_id": visit_id,
        "antigen_code": antigen_code,
        "reason": reason,
        "note": note.strip(),
        "decided_on": clock.local_date(at, campaign.timezone),
        "recorded_by_id": by,
        "recorded_at": at,
    }
