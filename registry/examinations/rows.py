"""The row of an examination, made without the database."""

import uuid
from datetime import datetime
from typing import Any

from registry.campaigns.models import Campaign
from registry.examinations.models import ExaminationDetails
from registry.model import columns_of
from registry.pilgrims.models import Pilgrim


def examination_row(
    pilgrim: Pilgrim,
    details: ExaminationDetails,
    *,
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    campaign: Campaign,
    point_code: str,
    by: uuid.UUID,
    at: datetime,
) -> dict[str, Any]:
    return {
        **columns_of(details),
        "pilgrim_id": pilgrim.id,
        "id": id,
        "campaign_code": campaign.code,
        "point_code": point_code,
        "examined_by_id": by,
        "recorded_at": at,
    }
