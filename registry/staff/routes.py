"""Sign-in, sign-out, own password and second factor; for administrators the accounts, for auditors the audit."""

import uuid
from datetime import datetime, timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import session as browser
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import queries as audit_queries
from registry.audit import services as audit_services
from registry.audit.models import Action
from registry.errors import Refusal
from registry.staff import guards, queries, rules, second_factor, services
from registry.staff.forms import ChangePasswordForm, CodeForm, RemoveSecondFactorForm, SetUpSecondFactorForm, SignInForm
from registry.staff.guards import actor, cookie_name, record_apart, requires, second_factor_at, signed_in
from registry.staff.models import Permission, Staff
from registry.web.access import public
from registry.web.installation import address_key, remember_device, secret_key, settings
from registry.web.languages import say
from registry.web.navigation import places_of
from registry.web.qr_svg import qr_svg
from registry.web.redirects import local_path

blueprint = Blueprint("staff", __name__)

EVENTS_SHOWN = 50


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
    username, password = (form.username.data or "").strip().casefold()[:64], form.password.data or ""
    at = clock.now()
    try:
        known = guards.known_by_password(username, password, at=at)
        if known is None:
            raise rules.SignInRefused
        renewed = services.renewed_hash(known, password)
        session = db.start_writing()
        staff = services.still_known(session, known)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        status = 429 if isinstance(refusal, rules.TooManyAttempts) else 401
        return render_template("staff/sign_in.html", form=form), status
    staff.password_hash = renewed or staff.password_hash
    # Whoever used this browser before leaves nothing behind: neither their session nor the forms' token.
    services.end_session(session, request.cookies.get(cookie_name(), ""), by=staff.id, at=at)
    then = local_path(request.args.get("next"))
    if rules.needs_code(staff, None):
        then = url_for("staff.sign_in_code", next=then)
    answer = _open_session(redirect(then), session, staff, at=at)
    browser.clear()
    return answer


def _open_session(
    answer: Response, session: Session, staff: Staff, *, at: datetime, second_factor_at: datetime | None = None
) -> Response:
    """Sign this browser in with a new id, so that nobody can have planted it. Commits."""
    session_id = services.open_session(
        session,
        staff,
        at=at,
        lifetime=timedelta(hours=settings().session_absolute_hours),
        address=address_key(),
        device=remember_device(answer),
        agent=request.user_agent.string,
        second_factor_at=second_factor_at,
    )
    session.commit()
    answer.set_cookie(cookie_name(), session_id, secure=settings().uses_tls, httponly=True, samesite="Lax", path="/")
    return answer


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@signed_in
def sign_in_code() -> str | Response | tuple[str, int]:
    """The second step of signing in, for who has a second factor."""
    if not rules.needs_code(actor().staff, second_factor_at()):
        return redirect(url_for("staff.home"))
    form = CodeForm()
    if not form.sent():
        return render_template("staff/sign_in_code.html", form=form)
    session, at = db.session(), clock.now()
    try:
        staff = guards.use_code(form.code.data or "", at=at)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        slowed = isinstance(refusal, rules.TooManyAttempts | rules.TooManyWrongCodes)
        status = 429 if slowed else 401
        return render_template("staff/sign_in_code.html", form=form), status
    services.end_session(session, request.cookies[cookie_name()], by=staff.id, at=at)
    return _open_session(redirect(local_path(request.args.get("next"))), session, staff, at=at, second_factor_at=at)


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Response:
    session = db.session()
    services.end_session(session, request.cookies[cookie_name()], by=actor().id, at=clock.now())
    session.commit()
    answer = redirect(url_for("staff.sign_in"))
    answer.delete_cookie(cookie_name(), secure=settings().uses_tls, httponly=True, samesite="Lax", path="/")
    browser.clear()
    # Not "cookies": the browser stays known, so that nobody's failures elsewhere keep its nurses out.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def change_password() -> str | Response:
    form = ChangePasswordForm()
    if not form.sent():
        return render_template("staff/change_password.html", form=form)
    if not form.matches():
        form.repeated.errors = [_("The two new passwords differ. Write the same one twice.")]
        return render_template("staff/change_password.html", form=form)
    at = clock.now()
    try:
        known = guards.still_oneself(form.current_password.data or "", at=at)
        hashed = services.new_hash(form.password.data or "", username=known.username)
        session = db.start_writing()
        me = services.still_known(session, known)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return render_template("staff/change_password.html", form=form)
    services.change_password(session, me, password_hash=hashed, at=at)
    home = _open_session(redirect(url_for("staff.home")), session, me, at=at, second_factor_at=second_factor_at())
    flash(_("Your password was changed."), "success")
    return home


@blueprint.route("/second-factor", methods=["GET", "POST"])
@signed_in
def own_second_factor() -> str | Response:
    """Sets the factor up for who has none; offers its removal to others."""
    if actor().staff.totp_secret is not None:
        return render_template("staff/second_factor.html", form=RemoveSecondFactorForm())
    form = SetUpSecondFactorForm()
    if not form.sent():
        return _offer(form)
    at, proof = clock.now(), {"sealed": form.sealed.data or "", "code": form.code.data or ""}
    try:
        known = guards.still_oneself(form.current_password.data or "", at=at)
        session = db.start_writing()
        me = services.still_known(session, known)
        codes = second_factor.set_up(session, me, **proof, key=secret_key(settings()), at=at)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return _offer(form)
    answer = _open_session(make_response(""), session, me, at=at, second_factor_at=at)
    # Shown in this answer and never again: only their hashes are kept.
    answer.set_data(render_template("staff/recovery_codes.html", codes=[_in_fours(code) for code in codes]))
    return answer


def _offer(form: SetUpSecondFactorForm) -> str:
    """The page with the secret, which travels sealed with its form; a new one where that cannot be read."""
    me, key = actor().staff, secret_key(settings())
    try:
        secret = second_factor.unseal(form.sealed.data or "", me.id, key=key)
    except rules.SecondFactorUnreadable:
        form.sealed.data = second_factor.offer(me.id, key=key)
        secret = second_factor.unseal(form.sealed.data, me.id, key=key)
    picture = qr_svg(second_factor.address_of(me, secret), label=_("Square picture (QR code) for your app"))
    return render_template("staff/set_up_second_factor.html", form=form, picture=picture, groups=_in_fours(secret))


def _in_fours(code: str) -> str:
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@blueprint.post("/second-factor/remove")
@signed_in
def remove_second_factor() -> str | Response:
    form = RemoveSecondFactorForm()
    if actor().staff.totp_secret is None:
        return redirect(url_for("staff.own_second_factor"))
    if not form.sent():
        return render_template("staff/second_factor.html", form=form)
    at = clock.now()
    try:
        known = guards.still_oneself(form.current_password.data or "", at=at)
        guards.use_code(form.code.data or "", at=at)
        session = db.start_writing()
        me = services.still_known(session, known)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return render_template("staff/second_factor.html", form=form)
    second_factor.remove(session, me, by=me.id, at=at)
    answer = _open_session(redirect(url_for("staff.own_second_factor")), session, me, at=at)
    flash(_("Your second factor was removed."), "success")
    return answer


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
@requires(Permission.VIEW_AUDIT)
def audit() -> str:
    """The audit, itself audited: who watches is watched. `before` names the last event of the page that was read."""
    session, at = db.session(), clock.now()
    record_apart(lambda apart: audit_services.record(apart, Action.LOG_VIEWED, by=actor().id, at=at, what="audit"))
    before = request.args.get("before", type=uuid.UUID)
    events = audit_queries.list_events(session, before=before, limit=EVENTS_SHOWN + 1)
    names = {staff.id: staff.name for staff in queries.list_staff(session)}
    return render_template(
        "staff/audit.html",
        events=events[:EVENTS_SHOWN],
        names=names,
        shown=EVENTS_SHOWN,
        older=events[EVENTS_SHOWN - 1].id if len(events) > EVENTS_SHOWN else None,
        first=before is None,
    )
