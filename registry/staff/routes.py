"""Sign-in, sign-out, own password; for administrators the accounts, for auditors the audit."""

import uuid
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as browser
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import queries as audit_queries
from registry.audit import services as audit_services
from registry.audit.models import Action
from registry.errors import Refusal
from registry.staff import queries, rules, services
from registry.staff.forms import ChangePasswordForm, SignInForm
from registry.staff.guards import actor, cookie_name, requires, signed_in
from registry.staff.models import Permission, Staff
from registry.web.access import public
from registry.web.installation import address_key, settings
from registry.web.languages import say
from registry.web.navigation import places_of
from registry.web.redirects import local_path

blueprint = Blueprint("staff", __name__)


@blueprint.get("/")
@signed_in
def home() -> Response:
    """Each role begins where its work is."""
    places = places_of(actor().permissions)
    return redirect(url_for(places[0].endpoint if places else "staff.change_password"))


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | Response | tuple[str, int]:
    form = SignInForm()
    if not form.sent():
        return render_template("staff/sign_in.html", form=form)
    session, at, address = db.session(writes=True), clock.now(), address_key()
    username = (form.username.data or "").strip().casefold()[:64]
    try:
        services.check_throttle(session, username=username, address=address, at=at)
        staff = services.verify_password(session, username=username, password=form.password.data or "")
        if staff is None:
            services.record_failure(session, username=username, address=address, at=at)
            session.commit()
            raise rules.SignInRefused
    except Refusal as refusal:
        form.refuse(refusal)
        status = 429 if isinstance(refusal, rules.TooManyAttempts) else 401
        return render_template("staff/sign_in.html", form=form), status
    # Whoever used this browser before leaves nothing behind: neither their session nor the forms' token.
    services.end_session(session, request.cookies.get(cookie_name(), ""), by=staff.id, at=at)
    browser.clear()
    lifetime = timedelta(hours=settings().session_absolute_hours)
    agent = request.user_agent.string
    session_id = services.open_session(session, staff, at=at, lifetime=lifetime, address=address, agent=agent)
    session.commit()
    return _with_cookie(redirect(local_path(request.args.get("next"))), session_id)


def _with_cookie(answer: Response, session_id: str) -> Response:
    answer.set_cookie(cookie_name(), session_id, secure=settings().uses_tls, httponly=True, samesite="Lax", path="/")
    return answer


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Response:
    session = db.session()
    services.end_session(session, request.cookies[cookie_name()], by=actor().id, at=clock.now())
    session.commit()
    answer = redirect(url_for("staff.sign_in"))
    answer.delete_cookie(cookie_name(), secure=settings().uses_tls, httponly=True, samesite="Lax", path="/")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def change_password() -> str | Response:
    form, me = ChangePasswordForm(), actor().staff
    if not form.sent():
        return render_template("staff/change_password.html", form=form)
    if not form.matches():
        form.repeated.errors = [_("The two new passwords differ. Write the same one twice.")]
        return render_template("staff/change_password.html", form=form)
    session, at, here = db.session(), clock.now(), {"username": me.username, "address": address_key()}
    try:
        # Guessing at an unattended screen is as slow as guessing at the door.
        services.check_throttle(session, **here, at=at)
        known = services.verify_password(session, username=me.username, password=form.current_password.data or "")
        if known is None:
            services.record_failure(session, **here, at=at)
            session.commit()
            form.current_password.errors = [_("This is not your present password. Try again.")]
            return render_template("staff/change_password.html", form=form)
        services.change_password(session, known, password=form.password.data or "", at=at)
    except Refusal as refusal:
        form.refuse(refusal)
        return render_template("staff/change_password.html", form=form)
    lifetime = timedelta(hours=settings().session_absolute_hours)
    session_id = services.open_session(session, known, at=at, lifetime=lifetime, address=address_key())
    session.commit()
    flash(_("Your password was changed."), "success")
    return _with_cookie(redirect(url_for("staff.home")), session_id)


@blueprint.get("/staff")
@requires(Permission.MANAGE_STAFF)
def index() -> str:
    session = db.session()
    today = clock.local_date(clock.now(), settings().timezone)
    roles: dict[uuid.UUID, list[str]] = {}
    for assignment, role in queries.list_assignments(session, on=today):
        where = assignment.scope_code or _("Whole country")
        roles.setdefault(assignment.staff_id, []).append(f"{say(role.name)} ({where})")
    return render_template("staff/index.html", people=queries.list_staff(session), roles=roles)


@blueprint.post("/staff/<uuid:staff_id>/end-sessions")
@requires(Permission.MANAGE_STAFF)
def end_sessions(staff_id: uuid.UUID) -> Response:
    session = db.session()
    staff = queries.get_staff(session, staff_id)
    services.end_all_sessions(session, staff, by=actor().id, at=clock.now())
    session.commit()
    flash(_("That person was signed out everywhere."), "success")
    return redirect(url_for("staff.index"))


@blueprint.post("/staff/<uuid:staff_id>/disable")
@requires(Permission.MANAGE_STAFF)
def disable(staff_id: uuid.UUID) -> Response:
    return _set_disabled(staff_id, disabled=True)


@blueprint.post("/staff/<uuid:staff_id>/enable")
@requires(Permission.MANAGE_STAFF)
def enable(staff_id: uuid.UUID) -> Response:
    return _set_disabled(staff_id, disabled=False)


def _set_disabled(staff_id: uuid.UUID, *, disabled: bool) -> Response:
    session = db.session()
    staff: Staff = queries.get_staff(session, staff_id)
    if staff.id == actor().id:
        flash(_("You cannot switch off your own account."), "error")
        return redirect(url_for("staff.index"))
    services.set_disabled(session, staff, disabled=disabled, by=actor().id, at=clock.now())
    session.commit()
    flash(_("The account was changed."), "success")
    return redirect(url_for("staff.index"))


@blueprint.get("/audit")
@requires(Permission.VIEW_AUDIT, writes=True)
def audit() -> str:
    """The audit, itself audited: who watches is watched."""
    session = db.session()
    audit_services.record(session, Action.LOG_VIEWED, by=actor().id, at=clock.now(), what="audit")
    session.commit()
    names = {staff.id: staff.name for staff in queries.list_staff(session)}
    return render_template("staff/audit.html", events=audit_queries.list_events(session, limit=200), names=names)
