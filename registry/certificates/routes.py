"""The paper itself, and what a person decides about it."""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.certificates import queries, services
from registry.certificates.codes import CodesDiffer
from registry.certificates.decisions import RecordAltered
from registry.certificates.forms import IssueAgainForm, LostForm, RevokeForm
from registry.certificates.keys import KeysFault, find_issuer, find_own_trust
from registry.certificates.models import Cause, Certificate
from registry.certificates.papers import draw_paper
from registry.certificates.sheet.wording import spell_code
from registry.certificates.withheld import list_counting
from registry.errors import Refusal
from registry.pilgrims import queries as pilgrims
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.models import Pilgrim
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.web.forms import Form
from registry.web.installation import settings
from registry.web.sentences import sentence

log = logging.getLogger(__name__)
blueprint = Blueprint("certificates", __name__, url_prefix="/pilgrims/<uuid:pilgrim_id>/certificates")


@blueprint.record
def read_keys(state: BlueprintSetupState) -> None:
    """While they are here: when the folder is away later, what they signed is still told from what they did not."""
    find_own_trust(state.app.extensions["settings"])


@blueprint.app_errorhandler(KeysFault)
def keys_away(fault: KeysFault) -> tuple[str, int]:
    """Whatever page it was: in words, without the server's paths, which the log has."""
    log.error("the signing keys cannot be used: %s", fault)
    return render_template("errors/503.html"), 503


@blueprint.get("/<uuid:certificate_id>.pdf")
@requires(Permission.PRINT_CERTIFICATES)
def pdf(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> BaseResponse:
    """The sheet as it was issued, while the certificate stands."""
    return _print(pilgrim_id, certificate_id, pocket=False)


@blueprint.get("/<uuid:certificate_id>/pocket.pdf")
@requires(Permission.PRINT_CERTIFICATES)
def pocket(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> BaseResponse:
    """The same in the size of a bank card, front and back."""
    return _print(pilgrim_id, certificate_id, pocket=True)


def _print(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID, *, pocket: bool) -> BaseResponse:
    """The paper as PDF; that it was printed is written down."""
    session, at = db.session(), clock.now()
    pilgrim = pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)
    certificate = queries.get_certificate(session, pilgrim.id, certificate_id)
    standing = queries.standing(session, certificate, on=at.date())
    try:
        paper = draw_paper(certificate, standing, settings(), pocket=pocket)
    except Refusal as refusal:
        if isinstance(refusal, CodesDiffer):
            alarm = refusal.alarm
            record_apart(lambda apart: services.raise_alarms(apart, [alarm], at=at))
        flash(sentence(refusal), "error")
        return redirect(url_for("room.show", pilgrim_id=pilgrim.id))
    record_apart(
        lambda apart: audit.record(
            apart,
            Action.CERTIFICATE_PRINTED,
            by=actor().id,
            at=at,
            pilgrim=pilgrim.id,
            certificate=str(certificate.id),
        )
    )
    name = f"{'pocket' if pocket else 'certificate'}-{certificate.code}.pdf"
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@blueprint.route("/<uuid:certificate_id>/revoke", methods=["GET", "POST"])
@requires(Permission.REVOKE_CERTIFICATES)
def revoke(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> str | BaseResponse:
    """Take a certificate's force away: no new one follows by itself."""
    session, at = db.session(), clock.now()
    pilgrim, certificate = _opened(pilgrim_id, certificate_id, at=at)
    form = RevokeForm()

    def act() -> None:
        reason = form.reason.data or ""
        services.revoke_certificate(session, certificate, reason=reason, by=actor().id, at=at, id=form.key)
        flash(_("The certificate was revoked."), "success")

    def check() -> None:
        services.check_revocable(session, certificate, cause=Cause.DECISION, on=at.date())

    return _decide("certificates/revoke.html", form, pilgrim, certificate, check=check, act=act, at=at)


@blueprint.route("/<uuid:certificate_id>/issue-again", methods=["GET", "POST"])
@requires(Permission.REVOKE_CERTIFICATES)
def issue_again(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> str | BaseResponse:
    """A new certificate after a revocation, by another person than the one who revoked."""
    session, at = db.session(), clock.now()
    pilgrim, revoked = _opened(pilgrim_id, certificate_id, at=at)
    campaign = campaigns.current_campaign(session, settings().campaign)
    form = IssueAgainForm()

    def act() -> None:
        new = services.issue_again(
            session,
            pilgrim,
            revoked,
            id=form.key,
            campaign=campaign,
            issuer=find_issuer(settings(), at=at),
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
        )
        flash(_("Certificate %(code)s is issued: print it.", code=spell_code(new.code)), "success")

    def check() -> None:
        on = clock.local_date(at, campaign.timezone)
        services.check_issue_again(session, pilgrim, revoked, campaign=campaign, by=actor().id, on=on)

    return _decide("certificates/issue_again.html", form, pilgrim, revoked, check=check, act=act, at=at)


@blueprint.route("/<uuid:certificate_id>/lost", methods=["GET", "POST"])
@requires(Permission.REVOKE_CERTIFICATES)
def lost(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> str | BaseResponse:
    """A paper that is gone: withdrawn, and a new one issued, in one act."""
    session, at = db.session(), clock.now()
    pilgrim, certificate = _opened(pilgrim_id, certificate_id, at=at)
    form = LostForm()

    def act() -> None:
        new = services.replace_lost(
            session,
            pilgrim,
            certificate,
            id=form.key,
            cause=Cause.STOLEN if form.cause.data == Cause.STOLEN else Cause.LOST,
            issuer=find_issuer(settings(), at=at),
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
        )
        code = spell_code(new.code)
        flash(_("The old certificate is withdrawn. Certificate %(code)s is issued: print it.", code=code), "success")

    def check() -> None:
        services.check_revocable(session, certificate, cause=Cause.LOST, on=at.date())

    return _decide("certificates/lost.html", form, pilgrim, certificate, check=check, act=act, at=at)


def _decide(
    template: str,
    form: Form,
    pilgrim: Pilgrim,
    certificate: Certificate,
    *,
    check: Callable[[], None],
    act: Callable[[], None],
    at: datetime,
) -> str | BaseResponse:
    """The form, which does not open where `check` refuses; once it is sent what `act` does and says."""
    if not form.sent():
        try:
            check()
        except Refusal as refusal:
            flash(sentence(refusal), "error")
            return redirect(url_for("room.show", pilgrim_id=pilgrim.id))
        return _page(template, form, pilgrim, certificate, at=at)
    try:
        act()
    except Refusal as refusal:
        if isinstance(refusal, RecordAltered):
            alarm = refusal.alarm
            db.stop_writing()
            record_apart(lambda apart: services.raise_alarms(apart, [alarm], at=at))
        form.refuse(refusal)
        return _page(template, form, pilgrim, certificate, at=at)
    db.session().commit()
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


def _opened(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID, *, at: datetime) -> tuple[Pilgrim, Certificate]:
    pilgrim = pilgrims.get_pilgrim(db.session(), pilgrim_id, actor=actor(), at=at)
    return pilgrim, queries.get_certificate(db.session(), pilgrim.id, certificate_id)


def _page(template: str, form: Form, pilgrim: Pilgrim, certificate: Certificate, *, at: datetime) -> str:
    """The page as it opens, which is a look at a pilgrim; a refused form was looked at when it opened."""
    db.stop_writing()
    if not form.is_submitted():
        record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
    session = db.session()
    _last, revocation = queries.get_last(session, pilgrim.id, certificate.campaign_code)
    return render_template(
        template,
        form=form,
        pilgrim=pilgrim,
        certificate=certificate,
        revocation=revocation,
        decided=services.find_decision(session, pilgrim, certificate),
        counting=list_counting(session, pilgrim, certificate, at=at),
        spell_code=spell_code,
    )
