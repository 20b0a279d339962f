"""The doctor's page of one pilgrim."""

import uuid
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from registry import clock, db
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.errors import NotFound, Refusal
from registry.examinations import queries, services
from registry.examinations.forms import ExaminationForm, examination_form
from registry.examinations.rules import ExaminationOfAnother
from registry.pilgrims import queries as pilgrims
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.histories import OpenedForAnother, is_opened_for_another
from registry.pilgrims.models import Pilgrim
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.web.installation import settings
from registry.web.redirects import to_record
from registry.web.sentences import sentence

blueprint = Blueprint("examinations", __name__)


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/examine", methods=["GET", "POST"])
@requires(Permission.EXAMINE)
def examine(pilgrim_id: uuid.UUID) -> str | Response:
    """Questions, conditions, vital signs, outcome."""
    session, at = db.session(), clock.now()
    campaign = campaigns.current_campaign(session, settings().campaign)
    pilgrim = pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)
    if pilgrims.find_registration(session, pilgrim.id, campaign.code) is None:
        return redirect(url_for("room.show", pilgrim_id=pilgrim.id))  # it says why nothing is recorded there
    form = _opened_form(campaign, pilgrim, at=at)
    if not form.sent():
        db.stop_writing()
        if form.is_submitted() and is_opened_for_another(session, pilgrim, form.key):
            return to_record(pilgrim.id, OpenedForAnother())  # whose questions may not have been this one's
        record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
        return _page(form, pilgrim, campaign)
    try:
        services.record_examination(
            session,
            pilgrim,
            form.details(),
            id=form.key,
            campaign=campaign,
            point_code=form.point.data,
            by=actor().id,
            at=at,
            confirmed=form.confirmed.data or [],
        )
    except OpenedForAnother as refusal:
        return to_record(pilgrim.id, refusal)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return _page(form, pilgrim, campaign)
    session.commit()
    flash(_("The examination was recorded."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


def _opened_form(campaign: Campaign, pilgrim: Pilgrim, *, at: datetime) -> ExaminationForm:
    session = db.session()
    points = campaigns.list_points_in_scope(session, campaign.code, actor())
    if not points:
        raise NotFound  # a doctor of no point of this campaign has nobody to examine
    antigens = campaigns.list_antigens(session, campaign.code)
    questions = queries.list_questions_for(pilgrim.sex, pilgrim.birth_on, campaign)
    cannot_apply = {question.condition for question in queries.list_questions() if question not in questions}
    form = examination_form(questions, campaign, antigens, points, cannot_apply=cannot_apply)
    if form.examined_on.data is None and not form.is_submitted():
        form.examined_on.process_data(clock.local_date(at, campaign.timezone))
    return form


def _page(form: ExaminationForm, pilgrim: Pilgrim, campaign: Campaign) -> str:
    questions = [form[f"answer_{code}"] for code in form.questions]
    session = db.session()
    earlier = queries.find_latest_examination(session, pilgrim.id, campaign.code)
    void = queries.is_of_another(session, pilgrim, earlier)
    return render_template(
        "examinations/examine.html",
        form=form,
        pilgrim=pilgrim,
        questions=questions,
        earlier=earlier,
        earlier_void=sentence(ExaminationOfAnother(on=earlier.examined_on)) if earlier and void else "",
        found=queries.describe(earlier, campaign) if earlier else None,
        antigens={antigen.code: antigen for antigen in campaigns.list_antigens(session, campaign.code)},
    )
