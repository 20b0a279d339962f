"""Find a pilgrim; register one, or a list. What is typed travels by POST: too many logs keep addresses."""

import logging
import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry import clock, db
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.errors import NotFound, Refusal
from registry.jobs import queries as job_queries
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.pilgrims import histories, intake, queries, rules, services
from registry.pilgrims.forms import ApprovalForm, ListForm, RegistrationForm, SearchForm
from registry.pilgrims.models import IdentifierKind, Pilgrim
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission, ScopeKind
from registry.uploads.limits import UPLOAD
from registry.web.bodies import takes_file
from registry.web.installation import settings
from registry.web.labels import field_label
from registry.web.sentences import told

blueprint = Blueprint("pilgrims", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/pilgrims")
@requires(Permission.FIND_PILGRIMS)
def index() -> str:
    return render_template("pilgrims/index.html", form=SearchForm())


@blueprint.post("/pilgrims")
@requires(Permission.FIND_PILGRIMS)
def search() -> str:
    """Whom the text may mean. A full passport number or PIN gives sight of a pilgrim of another region for a shift."""
    form = SearchForm()
    session, at = db.stop_writing(), clock.now()  # only the note of the search is written
    if not form.sent():
        return render_template("pilgrims/index.html", form=form)
    campaign = campaigns.current_campaign(session, settings().campaign)
    try:
        found = queries.search(session, form.text.data or "", actor=actor(), campaign_code=campaign.code)
    except Refusal as refusal:
        form.refuse(refusal)
        return render_template("pilgrims/index.html", form=form)
    if found.spoilt:
        log.error("a search found %s records that cannot be read: somebody altered the database", found.spoilt)
    ids = [match.pilgrim.id for match in found.pilgrims] if found.by_identifier else []
    outside = [id_ for id_ in ids if not queries.may_see(session, id_, actor=actor(), at=at)]
    record_apart(lambda apart: services.record_search(apart, found, outside=outside, by=actor().id, at=at))
    return render_template("pilgrims/index.html", form=form, found=found, regions=_region_names(session))


@blueprint.route("/pilgrims/new", methods=["GET", "POST"])
@requires(Permission.REGISTER_PILGRIMS)
def new() -> str | Response:
    """Register. Likely duplicates are shown before a record is made."""
    session, at = db.session(), clock.now()
    campaign = campaigns.current_campaign(session, settings().campaign)
    form = _registration_form(session)
    if not form.sent():
        if request.method == "POST":
            form.judge(on=clock.local_date(at, campaign.timezone))
        return _show(form, session, campaign)
    points = actor().codes(ScopeKind.POINT)
    try:
        pilgrim = services.register_pilgrim(
            session,
            form.details(),
            form.registration(point_code=points[0] if len(points) == 1 else ""),
            id=form.key,
            campaign=campaign,
            by=actor().id,
            at=at,
            confirmed=form.confirmed.data or [],
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _show(form, session, campaign)
    if not queries.may_see(session, pilgrim.id, actor=actor(), at=at):
        services.grant_access(session, staff_id=actor().id, pilgrim_id=pilgrim.id, until=at + services.SHIFT)
    session.commit()
    flash(_("The pilgrim is registered."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


@blueprint.post("/pilgrims/new/from-search")
@requires(Permission.REGISTER_PILGRIMS)
def new_from_search() -> str:
    """The empty registration form, with the passport number or PIN that was searched for already in it."""
    session = db.stop_writing()
    searched = queries.identifiers_in(SearchForm().text.data or "")
    form = _registration_form(session)
    form.pin.data = next((value for kind, value in searched if kind is IdentifierKind.PIN), "")
    form.passport_number.data = next((value for _kind, value in searched if rules.PASSPORT.fullmatch(value)), "")
    return _show(form, session, campaigns.current_campaign(session, settings().campaign))


@blueprint.get("/pilgrims/new/from-search")
@requires(Permission.REGISTER_PILGRIMS)
def new_after_language() -> Response:
    """The language switch comes back to the same address with GET."""
    return redirect(url_for("pilgrims.new"))


@blueprint.route("/pilgrims/import", methods=["GET", "POST"])
@requires(Permission.IMPORT_PILGRIMS)
@takes_file(UPLOAD)
def import_list() -> str | Response:
    """Upload a list; a worker checks it. The file keeps no name of its own: names of files can be names of people."""
    session, form = db.session(), ListForm()
    if not form.sent():
        return _show_lists(session, form)
    campaign, at = campaigns.current_campaign(session, settings().campaign), clock.now()
    try:
        services.refuse_many_lists(session, campaign=campaign, by=actor().id, at=at)
    except Refusal as refusal:
        form.refuse(refusal)
        return _show_lists(session, form)
    job = jobs.enqueue(
        session,
        intake.CHECK_LIST,
        {"campaign": campaign.code},
        id=form.key,
        by=actor().id,
        at=at,
        attachment=form.file.data.read(),
    )
    session.commit()
    return redirect(url_for("pilgrims.import_job", job_id=job.id))


def _show_lists(session: Session, form: ListForm) -> str:
    db.stop_writing()
    recent = job_queries.list_jobs(session, by=actor().id, kind=intake.CHECK_LIST)
    return render_template("pilgrims/import.html", form=form, recent=recent)


@blueprint.get("/pilgrims/import/template.csv")
@requires(Permission.IMPORT_PILGRIMS)
def import_template() -> Response:
    disposition = {"Content-Disposition": "attachment; filename=pilgrims.csv"}
    return Response(intake.template_csv(), mimetype="text/csv", headers=disposition)


@blueprint.get("/pilgrims/import/<uuid:job_id>")
@requires(Permission.IMPORT_PILGRIMS)
def import_job(job_id: uuid.UUID) -> str:
    """How far the worker is; then what it found, and the button that imports."""
    return _show_job(_own_job(db.session(), job_id), ApprovalForm())


@blueprint.post("/pilgrims/import/<uuid:job_id>")
@requires(Permission.IMPORT_PILGRIMS)
def approve_import(job_id: uuid.UUID) -> str | Response:
    """Import a checked list: all of its rows, once."""
    session, form = db.session(), ApprovalForm()
    job = _own_job(session, job_id)
    found = job.result
    if not form.sent() or not found.get("awaits_approval"):
        return _show_job(job, form)
    if found["faulty"] and not form.doubts_checked.data:
        form.doubts_checked.errors = [_("Tick this when you have compared them, or correct the list.")]
        return _show_job(job, form)
    payload = {**job.payload, "confirm_doubts": bool(found["faulty"])}
    following = jobs.enqueue_next(session, job, intake.IMPORT_LIST, payload, by=actor().id, at=clock.now())
    session.commit()
    next_id = following.id if following else job.result.get("next")
    if next_id is None:
        flash(_("This list was erased because nobody imported it within a day. Upload it again."), "important")
        return redirect(url_for("pilgrims.import_list"))
    return redirect(url_for("pilgrims.import_job", job_id=next_id))


def _own_job(session: Session, job_id: uuid.UUID) -> Job:
    """An import of the person's own, or anybody's for who imports in the whole country; any other answers 404."""
    job = job_queries.get_job(session, job_id)
    if job.kind not in {intake.CHECK_LIST, intake.IMPORT_LIST}:
        raise NotFound
    if job.created_by_id != actor().id and not actor().is_national:
        raise NotFound
    return job


def _show_job(job: Job, form: ApprovalForm) -> str:
    faults = [
        {
            "row": fault["row"],
            "column": field_label(fault["column"]) if fault["column"] else "",
            "doubt": fault["doubt"],
            "problem": told(fault["sentence"], fault["facts"]),
        }
        for fault in job.result.get("faults", [])
    ]
    refusal = job.result.get("refusal")
    db.stop_writing()
    return render_template(
        "pilgrims/import_job.html",
        job=job,
        form=form,
        importing=job.kind == intake.IMPORT_LIST,
        faults=faults,
        refused=told(refusal["sentence"], refusal["facts"]) if refusal else "",
    )


def _registration_form(session: Session) -> RegistrationForm:
    form = RegistrationForm()
    own = queries.scope_of(session, actor()) or set()
    form.offer_regions(campaigns.list_regions(session), usual=next(iter(own)) if len(own) == 1 else "")
    return form


def _show(form: RegistrationForm, session: Session, campaign: Campaign) -> str:
    """The form; below its faults whoever is like the pilgrim typed in it."""
    db.stop_writing()
    details = rules.normalise(form.details())
    likely: list[Pilgrim] = []
    if form.birth_on.data:
        likely = [pilgrim for pilgrim, _why in queries.list_likely_duplicates(session, details)]
        likely += [one for one in histories.list_former_holders(session, [details])[0] if one not in likely]
    at = clock.now()
    shown = [pilgrim.id for pilgrim in likely]
    if shown:  # a name and a birth date typed here show people of every region: a look like any other
        record_apart(lambda apart: services.record_looks(apart, shown, by=actor().id, at=at))
    openable = {one for one in shown if queries.may_see(session, one, actor=actor(), at=at)}
    found = queries.with_registrations(session, shown, campaign.code)
    return render_template(
        "pilgrims/new.html",
        form=form,
        campaign=campaign,
        typed=details,
        likely=found,
        openable=openable,
        mistakes=histories.find_mistakes(session, shown),
        regions=_region_names(session),
    )


def _region_names(session: Session) -> dict[str, dict[str, str]]:
    return {region.code: region.name for region in campaigns.list_regions(session)}
