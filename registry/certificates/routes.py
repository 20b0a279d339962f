"""The paper itself, and what a person decides about it."""

import logging
import uuid

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.certificates import queries, services
from registry.certificates.codes import CodesDiffer
from registry.certificates.forms import RevokeForm
from registry.certificates.keys import KeysFault
from registry.certificates.papers import draw_paper
from registry.certificates.sheet.wording import spell_code
from registry.errors import Refusal
from registry.pilgrims import queries as pilgrims
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.web.installation import settings
from registry.web.sentences import sentence

log = logging.getLogger(__name__)
blueprint = Blueprint("certificates", __name__, url_prefix="/pilgrims/<uuid:pilgrim_id>/certificates")


@blueprint.app_errorhandler(KeysFault)
def keys_away(fault: KeysFault) -> tuple[str, int]:
    """Whatever page it was: in words, without the server's paths, which the log has."""
    log.error("the signing keys cannot be used: %s", fault)
    return render_template("errors/503.html"), 503


@blueprint.get("/<uuid:certificate_id>.pdf")
@requires(Permission.PRINT_CERTIFICATES)
def pdf(pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> BaseResponse:
    """The sheet as it was issued: an old paper prints as it was, and its codes tell what has become of it."""
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
    try:
        paper = draw_paper(certificate, settings(), pocket=pocket)
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
    session, at = db.session(), clock.now()
    pilgrim = pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)
    certificate = queries.get_certificate(session, pilgrim.id, certificate_id)
    form = RevokeForm()
    if not form.sent():
        db.stop_writing()
        record_apart(lambda apart: audit.record(apart, Action.VIEWED, by=actor().id, at=at, pilgrim=pilgrim.id))
        return render_template(
            "certificates/revoke.html", form=form, pilgrim=pilgrim, certificate=certificate, spell_code=spell_code
        )
    try:
        services.revoke_certificate(session, certificate, reason=form.reason.data or "", by=actor().id, at=at)
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return render_template(
            "certificates/revoke.html", form=form, pilgrim=pilgrim, certificate=certificate, spell_code=spell_code
        )
    session.commit()
    flash(_("The certificate was revoked."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))
