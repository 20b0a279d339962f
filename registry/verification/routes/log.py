"""The immunization log, for those who watch it."""

from datetime import timedelta

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.immunization_log import queries as log_queries
from registry.immunization_log.models import Kind
from registry.immunization_log.rules import NOT_PROVED
from registry.jobs import queries as jobs
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.verification import services
from registry.verification.routes.checks import blueprint
from registry.web.forms import Form


@blueprint.get("/log")
@requires(Permission.VIEW_LOG)
def log() -> str:
    """How long each stream is and what was added last: commitments only, nobody's name."""
    session, at = db.session(), clock.now()
    record_apart(lambda apart: audit.record(apart, Action.LOG_VIEWED, by=actor().id, at=at))
    heads, entries = log_queries.list_heads(session), log_queries.list_newest_entries(session)
    return render_template("verification/log.html", heads=heads, entries=entries)


@blueprint.get("/log/proof")
@requires(Permission.VIEW_LOG)
def prove_log() -> str:
    """What the last walk through every stream found, and how far the present one is: a worker does it."""
    session, at = db.session(), clock.now()
    running, last = jobs.find_unfinished(session, services.PROVE), jobs.find_last_over(session, services.PROVE)
    if not running:  # a page that follows the work renews itself every few seconds: that is one look
        record_apart(lambda apart: audit.record(apart, Action.LOG_VIEWED, by=actor().id, at=at, what="proof"))
    age = max(at - (last.finished_at or at), timedelta(seconds=1)) if last else None
    compared = {Kind(kind): count for kind, count in last.result.get("compared", {}).items()} if last else {}
    return render_template(
        "verification/proof.html",
        form=Form(),
        running=running,
        last=last,
        age=age,
        compared=compared,
        not_proved=NOT_PROVED,
    )


@blueprint.post("/log/proof")
@requires(Permission.VIEW_LOG)
def start_proof() -> Response:
    """Walk every stream and compare each logged row with the register."""
    session, form = db.session(), Form()
    if form.sent():
        at = clock.now()
        services.request_proof(session, id=form.key, by=actor().id, at=at)
        audit.record(session, Action.LOG_VIEWED, by=actor().id, at=at, what="proof")
        session.commit()
    return redirect(url_for("verification.prove_log"))
