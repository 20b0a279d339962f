"""Rows of a pilgrim and of their place in a campaign, made without the database: of one, or of a whole list."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from registry.campaigns.models import Campaign
from registry.model import new_id
from registry.pilgrims import names, queries
from registry.pilgrims.models import PilgrimDetails


@dataclass(frozen=True)
class RegistrationDetails:
    region_code: str
    arrival_on: date | None = None
    group_name: str = ""
    point_code: str = ""  # where the registration is made, if at a point


def pilgrim_row(
    id: uuid.UUID,  # noqa: A002 - the row's name for it
    details: PilgrimDetails,
    *,
    by: uuid.UUID,
    at: datetime,
) -> dict[str, Any]:
    """Validated: details come from forms and files."""
    return {
        **vars(PilgrimDetails.model_validate(vars(details))),
        "id": id,
        "sort_name": names.sort_name(details.surname, details.given_name),
        "registered_at": at,
        "registered_by_id": by,
    }


def identifier_rows(pilgrim_id: uuid.UUID, details: PilgrimDetails) -> Iterator[dict[str, Any]]:
    """Each leads to one pilgrim only."""
    for kind, value in queries.identifiers_of(details):
        yield {"kind": kind, "value": value, "pilgrim_id": pilgrim_id}


def sorted_identifiers(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order in which everybody inserts them: two who bring the same people must not wait for each other."""
    return sorted(found, key=lambda row: (row["kind"], row["value"]))


def search_key_rows(pilgrim_id: uuid.UUID, details: PilgrimDetails) -> Iterator[dict[str, Any]]:
    for key in names.search_keys(details):
        yield {"key": key, "pilgrim_id": pilgrim_id}


def registration_row(
    pilgrim_id: uuid.UUID, place: RegistrationDetails, *, campaign: Campaign, by: uuid.UUID, at: datetime
) -> dict[str, Any]:
    return {
        **vars(place),
        "pilgrim_id": pilgrim_id,
        "id": new_id(),
        "campaign_code": campaign.code,
        "registered_at": at,
        "registered_by_id": by,
    }
