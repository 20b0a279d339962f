"""The coverage page."""

from typing import Any

from flask import Blueprint, render_template

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.coverage import queries
from registry.coverage.queries import Coverage
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.web.installation import settings
from registry.web.languages import say

blueprint = Blueprint("coverage", __name__)
# The nine regions of the Kyrgyz Republic as they lie, three by three; another country has its tables without tiles.
TILES = ("KG-T", "KG-GB", "KG-C", "KG-J", "KG-N", "KG-Y", "KG-B", "KG-GO", "KG-O")


@blueprint.get("/coverage")
@requires(Permission.VIEW_COVERAGE)
def index() -> str:
    session, at = db.session(), clock.now()
    campaign = campaigns.current_campaign(session, settings().campaign)
    record_apart(
        lambda apart: audit.record(apart, Action.COVERAGE_VIEWED, by=actor().id, at=at, campaign=campaign.code)
    )
    found = queries.coverage_of(session, campaign, at=at, sight=queries.sight_of(session, actor()))
    return render_template("coverage/index.html", coverage=found, tiles=tiles_of(found))


def tiles_of(found: Coverage) -> list[dict[str, Any]]:
    """One tile for each region, for who sees all of them."""
    regions = {place.code: place for place in found.regions}
    if set(TILES) - set(regions):
        return []
    return [
        {
            "name": say(regions[code].name),
            "value": regions[code].figures.complete,
            "total": regions[code].figures.registered,
        }
        for code in TILES
    ]
