"""The coverage page."""

from flask import Blueprint, render_template

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.coverage import queries
from registry.staff.guards import actor, requires
from registry.staff.models import Permission
from registry.web.installation import settings

blueprint = Blueprint("coverage", __name__)


@blueprint.get("/coverage")
@requires(Permission.VIEW_COVERAGE, writes=True)
def index() -> str:
    session, at = db.session(), clock.now()
    campaign = campaigns.current_campaign(session, settings().campaign)
    found = queries.coverage_of(session, campaign, at=at, sight=queries.sight_of(session, actor()))
    audit.record(session, Action.COVERAGE_VIEWED, by=actor().id, at=at, campaign=campaign.code)
    session.commit()
    return render_template("coverage/index.html", coverage=found)
