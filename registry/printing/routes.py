"""Print many certificates: choose, see how many they are, follow the work, fetch the file."""

import uuid
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response as BaseResponse

from registry import clock, db
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.errors import NotFound, Refusal, refuse
from registry.jobs import queries as job_queries
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.printing import plans, queries, rules, services
from registry.printing.forms import AgainForm, PrintForm
from registry.printing.queries import Sight
from registry.printing.rules import KEEP, NothingToPrint, PileOutdated, PrintRequest
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.uploads.limits import UPLOAD
from registry.web.bodies import takes_file
from registry.web.forms import Form
from registry.web.installation import settings
from registry.web.sentences import sentence, told

blueprint = Blueprint("printing", __name__, url_prefix="/print")

MISSING_SHOWN = 20


@blueprint.get("")
@requires(Permission.PRINT_CERTIFICATES)
def index() -> str:
    session = db.session()
    campaign = campaigns.current_campaign(session, settings().campaign)
    return _ask(session, _form(session, campaign, _sight(session)))


@blueprint.post("")
@requires(Permission.PRINT_CERTIFICATES)
@takes_file(UPLOAD)
def choose() -> str | BaseResponse:
    """First how many there are and how long it takes; sent again from that page, a worker begins."""
    session = db.stop_writing()  # until the choice is read and counted
    campaign, sight = campaigns.current_campaign(session, settings().campaign), _sight(session)
    form = _form(session, campaign, sight)
    if not form.sent():
        return _ask(session, form)
    try:
        listed = form.listed()
        wished = form.print_request(listed)
        refuse(rules.request_faults(wished, listed))
        missing = queries.list_missing(session, wished.selection, campaign=campaign, sight=sight)
        count = queries.count_papers(session, wished.selection, campaign=campaign, sight=sight)
        if not count:
            raise NothingToPrint
    except Refusal as refusal:
        form.refuse(refusal)
        return _ask(session, form)
    if not form.counted.data:
        return _show_count(session, form, wished, count=count, missing=missing)
    session = db.start_writing()
    job = services.request_print(
        session, wished, id=form.key, campaign_code=campaign.code, by=actor().id, at=clock.now()
    )
    session.commit()
    return redirect(url_for("printing.show", job_id=job.id))


@blueprint.get("/<uuid:job_id>")
@requires(Permission.PRINT_CERTIFICATES)
def show(job_id: uuid.UUID) -> str:
    """How far the worker is; then the file."""
    session = db.session()
    return _show_job(_own_job(session, job_id), AgainForm())


@blueprint.post("/<uuid:job_id>")
@requires(Permission.PRINT_CERTIFICATES)
def again(job_id: uuid.UUID) -> str | BaseResponse:
    """The same pile once more, from a sheet on: what a jammed printer swallowed."""
    session, form = db.session(), AgainForm()
    job = _own_job(session, job_id)
    if not form.sent():
        return _show_job(job, form)
    repeated = services.request_of(job)
    last = repeated.start - 1 + job.result.get("sheets", 0) + job.result.get("withdrawn", 0)
    if not repeated.start <= (form.start.data or 0) <= last:
        form.refuse(rules.SheetOutOfRange(first=repeated.start, last=last))
        return _show_job(job, form)
    following = services.print_again(session, job, start=form.start.data or 1, id=form.key, at=clock.now())
    session.commit()
    return redirect(url_for("printing.show", job_id=following.id))


@blueprint.post("/<uuid:job_id>/anew")
@requires(Permission.PRINT_CERTIFICATES)
def anew(job_id: uuid.UUID) -> BaseResponse:
    """In place of a file whose papers were withdrawn or replaced."""
    session = db.session()
    job = _own_job(session, job_id)
    following = services.print_anew(session, job, id=Form().key, at=clock.now())
    session.commit()
    return redirect(url_for("printing.show", job_id=following.id))


@blueprint.post("/<uuid:job_id>/cancel")
@requires(Permission.PRINT_CERTIFICATES)
def cancel(job_id: uuid.UUID) -> BaseResponse:
    session = db.session()
    job = _own_job(session, job_id)
    if not job.is_over:
        jobs.cancel(session, job, at=clock.now())
        session.commit()
        services.erase(_folder(job))
        flash(_("The print was cancelled. Nothing of it is kept."), "success")
    return redirect(url_for("printing.index"))


@blueprint.get("/<uuid:job_id>/sheets.pdf")
@requires(Permission.PRINT_CERTIFICATES)
def sheets(job_id: uuid.UUID) -> BaseResponse:
    """The file, for who asked for it and may still see everybody in it; while all its papers count."""
    session = db.session()
    job = _own_job(session, job_id)
    if job.finished_at is None or not _is_kept(job) or _outdated(session, job):
        return redirect(url_for("printing.show", job_id=job.id))  # which says why
    if not queries.covers(_sight(session), job.result["regions"]):
        raise NotFound
    at = clock.now()
    record_apart(lambda apart: services.record_fetched(apart, job, by=actor().id, at=at))
    name = f"certificates-{clock.local_date(job.created_at, settings().timezone)}.pdf"
    file = (_folder(job) / services.SHEETS).absolute()
    answer: Response = send_file(file, "application/pdf", download_name=name, conditional=False, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sight(session: Session) -> Sight | None:
    return queries.sight_of(session, actor(), at=clock.now())


def _form(session: Session, campaign: Campaign, sight: Sight | None) -> PrintForm:
    form = PrintForm()
    points = campaigns.list_points_in_scope(session, campaign.code, actor())
    form.offer(points, queries.list_groups(session, campaign=campaign, sight=sight))
    return form


def _ask(session: Session, form: PrintForm) -> str:
    recent = job_queries.list_jobs(session, by=actor().id, kind=rules.PRINT)
    return render_template("printing/index.html", form=form, recent=recent, kept=_is_kept)


def _show_count(session: Session, form: PrintForm, wished: PrintRequest, *, count: int, missing: list[str]) -> str:
    """What was chosen goes along unseen; the codes of an uploaded file as if they had been typed."""
    chosen = [
        (name, text) for name in ("point", "day", "group", "order", "paper") for text in request.form.getlist(name)
    ]
    return render_template(
        "printing/count.html",
        **_told(session, wished),
        form=form,
        count=count,
        minutes=-(-rules.estimate(count).seconds // 60),
        missing=missing,
        shown=missing[:MISSING_SHOWN],
        sent=[*chosen, ("codes", "\n".join(wished.selection.codes))],
    )


def _told(session: Session, asked: PrintRequest) -> dict[str, Any]:
    """What a page needs to say what was asked for."""
    point = campaigns.get_point(session, asked.selection.point) if asked.selection.point else None
    return {"asked": asked, "point": point, "order": _(rules.ORDER_WORDS[asked.order])}


def _own_job(session: Session, job_id: uuid.UUID) -> Job:
    """A print belongs to who asked for it; to anybody else it does not exist."""
    job = job_queries.get_job(session, job_id)
    if job.kind != rules.PRINT or job.created_by_id != actor().id:
        raise NotFound
    return job


def _folder(job: Job) -> Path:
    return services.folder_of(settings().prints_dir, job.id)


def _is_kept(job: Job) -> bool:
    return (_folder(job) / services.SHEETS).exists()


def _outdated(session: Session, job: Job) -> PileOutdated | None:
    """Set where a finished file shows papers that count no more."""
    withdrawn = queries.list_withdrawn(session, plans.read_shown(_folder(job)))
    return PileOutdated(count=len(withdrawn)) if withdrawn else None


def _show_job(job: Job, form: AgainForm) -> str:
    session = db.stop_writing()
    refusal: dict[str, Any] | None = job.result.get("refusal")
    left = rules.estimate(job.progress_total - job.progress_done)
    kept = _is_kept(job)
    outdated = _outdated(session, job) if job.is_over and kept else None
    return render_template(
        "printing/show.html",
        **_told(session, services.request_of(job)),
        job=job,
        form=form,
        refused=told(refusal["sentence"], refusal["facts"]) if refusal else "",
        cancelled=job.failure == jobs.CANCELLED,
        minutes=-(-left.seconds // 60),
        kept=kept,
        outdated=sentence(outdated) if outdated else "",
        kept_until=job.finished_at + KEEP if job.finished_at else None,
    )
