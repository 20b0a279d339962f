"""The page of one pilgrim, and the visit at which the vaccines are given."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign, VaccinationPoint
from registry.certificates.keys import find_issuer
from registry.certificates.sheet import render_note
from registry.certificates.sheet.wording import spell_code
from registry.errors import NotFound, Refusal
from registry.pilgrims import queries as pilgrims
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.histories import OpenedForAnother, is_opened_for_another
from registry.pilgrims.models import Pilgrim
from registry.pilgrims.rules import mask_pin
from registry.room import queries, services, spoilt_page
from registry.room.mapping import note_facts
from registry.room.visit_page import PointNotYours, VisitPage
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.web import error_pages
from registry.web.installation import settings
from registry.web.labels import stored_label
from registry.web.redirects import to_record
from registry.web.sentences import day, sentence

blueprint = Blueprint("room", __name__)
blueprint.record_once(lambda state: error_pages.explain_by(state.app, spoilt_page.explain))


@blueprint.get("/pilgrims/<uuid:pilgrim_id>")
@requires(Permission.FIND_PILGRIMS)
def show(pilgrim_id: uuid.UUID) -> str:
    """Everything recorded about a pilgrim, and what to do next."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
    record = queries.get_record(session, pilgrim, campaign, at=at)
    return render_template(
        "room/show.html",
        record=record,
        sentence=sentence,
        translated=_,
        spell_code=spell_code,
        spell_stored=_spell_stored,
        pilgrim=pilgrim,
        campaign=campaign,
        masked_pin=mask_pin(pilgrim.pin) if pilgrim.pin else "",
        antigens={antigen.code: antigen for antigen in campaigns.list_antigens(session, campaign.code)},
        points={point.code: point for point in campaigns.list_points(session, campaign.code)},
        regions={region.code: region for region in campaigns.list_regions(session)},
    )


@blueprint.get("/pilgrims/<uuid:pilgrim_id>/doctors-note.pdf")
@requires(Permission.FIND_PILGRIMS)
def doctors_note(pilgrim_id: uuid.UUID) -> Response:
    """The paper for a vaccine that is contraindicated. Who examines prints it too: it needs the doctor's signature."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    record = queries.get_record(session, pilgrim, campaign, at=at)
    try:
        facts = note_facts(
            record,
            antigens={antigen.code: antigen for antigen in campaigns.list_antigens(session, campaign.code)},
            points={point.code: point for point in campaigns.list_points(session, campaign.code)},
            doctors=queries.find_doctors(session, record),
            authority=settings().authority_words,
            printed_on=clock.local_date(at, campaign.timezone),
            training=settings().training,
        )
    except Refusal as refusal:
        return to_record(pilgrim.id, refusal)
    record_apart(lambda apart: audit.record(apart, Action.NOTE_PRINTED, by=actor().id, at=at, pilgrim=pilgrim.id))
    headers = {"Content-Disposition": 'inline; filename="doctors-note.pdf"'}
    return Response(render_note(facts), mimetype="application/pdf", headers=headers)


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/visit", methods=["GET", "POST"])
@requires(Permission.VACCINATE)
def visit(pilgrim_id: uuid.UUID) -> str | Response:
    """Both vaccines on one page, one button; the certificate follows by itself."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    pilgrims.get_registration(session, pilgrim.id, campaign.code)
    points = campaigns.list_points_in_scope(session, campaign.code, actor())
    point = _chosen(points)
    page = VisitPage(pilgrim, campaign, point, at=at)
    if not page.form.sent():
        db.stop_writing()
        if request.method == "POST":
            if is_opened_for_another(session, pilgrim, page.form.key):
                return to_record(pilgrim.id, OpenedForAnother())
            page.form.say_once()
            page.form.put_down()
        else:
            record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
        return page.render(points)
    try:
        _refuse_another_point(point)
        result = services.record_visit(
            session,
            pilgrim,
            page.form.visit(),
            id=page.form.key,
            campaign=campaign,
            point_code=point.code,
            issuer=find_issuer(settings(), at=at),
            by=actor().id,
            at=at,
            confirmed=page.form.confirmed.data or [],
        )
    except OpenedForAnother as refusal:
        return to_record(pilgrim.id, refusal)
    except Refusal as refusal:
        page.refuse(refusal)
        return page.render(points)
    session.commit()
    _tell_recorded(result)
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


def _chosen(points: Sequence[VaccinationPoint]) -> VaccinationPoint:
    """The point that the page was asked for, else the person's first."""
    if not points:
        raise NotFound  # a vaccinator of no point of this campaign
    return next((point for point in points if point.code == request.values.get("point")), points[0])


def _refuse_another_point(point: VaccinationPoint) -> None:
    """Raise PointNotYours where the page that was sent was opened for another point than this one."""
    if request.form.get("point", point.code) != point.code:
        raise PointNotYours


def _tell_recorded(result: services.VisitResult) -> None:
    if result.certificate:
        code = spell_code(result.certificate.code)
        flash(_("Recorded. Certificate %(code)s is issued: print it.", code=code), "success")
    else:
        flash(_("The visit was recorded."), "success")
    if result.waits_for_key:
        flash(
            _(
                "The certificate follows by itself as soon as the signing key is back. Write a paper note for the "
                "pilgrim, and ask them to come back for the certificate."
            ),
            "error",
        )


def _spell_stored(field: str, value: str | None) -> str:
    """A value as a correction stored it (JSON), as staff read it; a PIN stays masked here too."""
    if not value:
        return "–"
    if field == "pin":
        return mask_pin(value)
    if field.endswith("_on"):
        return day(date.fromisoformat(value))
    return stored_label(field, value) or value


def _opened(pilgrim_id: uuid.UUID, *, at: datetime) -> tuple[Campaign, Pilgrim]:
    session = db.session()
    campaign = campaigns.current_campaign(session, settings().campaign)
    return campaign, pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)
