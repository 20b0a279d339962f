"""Pages on which a recorded fact is set right."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from registry import clock, db
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.keys import find_issuer
from registry.corrections import queries, rules, services
from registry.corrections.dose_rules import DoseCorrectedMeanwhile
from registry.corrections.forms import WithdrawForm, dose_form, lot_form, pilgrim_form
from registry.errors import NotFound, Refusal
from registry.jobs.models import Job
from registry.pilgrims import queries as pilgrims
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.models import Pilgrim
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission, ScopeKind
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose
from registry.vaccinations.rules import DoseChangedMeanwhile
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Lot, Product
from registry.web.forms import Form
from registry.web.installation import settings
from registry.web.labels import field_label
from registry.web.redirects import to_record

blueprint = Blueprint("corrections", __name__)
WORKER_IS_AWAY = timedelta(minutes=1)
A_MOMENT = timedelta(seconds=1)


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/correct", methods=["GET", "POST"])
@requires(Permission.CORRECT)
def correct_pilgrim(pilgrim_id: uuid.UUID) -> str | Response:
    """Name, birth date, passport, region, arrival: as in the passport."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    registration = pilgrims.get_registration(session, pilgrim.id, campaign.code)
    form = pilgrim_form(pilgrim, registration)
    form.offer_regions(campaigns.list_regions(session), usual="")
    if not form.sent():
        return _page("corrections/correct_pilgrim.html", form, pilgrim, at=at, campaign=campaign)
    try:
        services.correct_pilgrim(
            session,
            pilgrim,
            form.details(),
            form.registration(point_code=registration.point_code),
            id=form.key,
            campaign=campaign,
            issuer=find_issuer(settings(), at=at),
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
            confirmed=form.confirmed.data or [],
            seen=form.seen_by(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page("corrections/correct_pilgrim.html", form, pilgrim, at=at, campaign=campaign)
    session.commit()
    flash(_("The correction was recorded. If the certificate changed, print the new one."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/doses/<uuid:dose_id>/correct", methods=["GET", "POST"])
@requires(Permission.CORRECT)
def correct_dose(pilgrim_id: uuid.UUID, dose_id: uuid.UUID) -> str | Response:
    """Day, lot, site, route of a dose as they really were."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    dose = vaccinations.get_dose(session, pilgrim.id, dose_id)
    form = dose_form(dose, _lots_for(dose))
    if not form.sent():
        return _stale(dose) or _page("corrections/correct_dose.html", form, pilgrim, at=at, dose=dose)
    try:
        services.correct_dose(
            session,
            dose,
            form.details(dose),
            id=form.key,
            campaign=campaign,
            issuer=find_issuer(settings(), at=at),
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
            confirmed=form.confirmed.data or [],
        )
    except DoseChangedMeanwhile as newer:
        return _to_record(dose, newer)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page("corrections/correct_dose.html", form, pilgrim, at=at, dose=dose)
    session.commit()
    flash(_("The correction was recorded. If the certificate changed, print the new one."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/doses/<uuid:dose_id>/withdraw", methods=["GET", "POST"])
@requires(Permission.CORRECT)
def withdraw_dose(pilgrim_id: uuid.UUID, dose_id: uuid.UUID) -> str | Response:
    """A dose that was never given to this pilgrim."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    dose = vaccinations.get_dose(session, pilgrim.id, dose_id)
    form = WithdrawForm()
    if not form.sent():
        return _stale(dose) or _page("corrections/withdraw_dose.html", form, pilgrim, at=at, dose=dose)
    try:
        services.withdraw_dose(
            session,
            dose,
            id=form.key,
            campaign=campaign,
            issuer=find_issuer(settings(), at=at),
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
        )
    except DoseChangedMeanwhile as newer:
        return _to_record(dose, newer)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page("corrections/withdraw_dose.html", form, pilgrim, at=at, dose=dose)
    session.commit()
    flash(_("The dose was withdrawn. A certificate that rested on it no longer counts."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/registered-by-mistake", methods=["GET", "POST"])
@requires(Permission.CORRECT)
def withdraw_registration(pilgrim_id: uuid.UUID) -> str | Response:
    """A record of the wrong person whose doses are withdrawn: its passport number becomes free."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    if pilgrims.find_registration(session, pilgrim.id, campaign.code) is None:
        return redirect(url_for("room.show", pilgrim_id=pilgrim.id))  # it says that this was said
    form = WithdrawForm()
    if not form.sent():
        return _page("corrections/withdraw_registration.html", form, pilgrim, at=at)
    try:
        services.withdraw_registration(
            session,
            pilgrim,
            id=form.key,
            campaign=campaign,
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page("corrections/withdraw_registration.html", form, pilgrim, at=at)
    session.commit()
    flash(_("The record counts nowhere now. Its passport number can be registered for the right person."), "success")
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


@blueprint.route("/stock/lots/<uuid:lot_id>/correct", methods=["GET", "POST"])
@requires(Permission.CORRECT)
def correct_lot(lot_id: uuid.UUID) -> str | Response:
    """A lot as its box describes it, and every certificate that names it."""
    session = db.session()
    campaign = campaigns.current_campaign(session, settings().campaign)
    own_points = {point.code for point in campaigns.list_points_in_scope(session, campaign.code, actor())}
    if own_points.isdisjoint(vaccines.list_points_with_lot(session, lot_id)):
        raise NotFound
    lot = vaccines.get_lot(session, lot_id)
    form = lot_form(lot, vaccines.list_products_like(session, lot.product_code))
    at = clock.now()
    if not form.sent():
        return _lot_page(form, lot, at=at)
    try:
        services.correct_lot(
            session,
            lot,
            form.details(),
            campaign=campaign,
            issuer=find_issuer(settings(), at=at),
            reason=form.reason.data or "",
            by=actor().id,
            at=at,
            confirmed=form.confirmed.data or [],
            only_at=None if actor().is_national or actor().codes(ScopeKind.REGION) else own_points,
            count=_count_of(queries.find_count(session, lot.id, at=at), at=at),
            seen=form.seen_by(),
        )
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return _lot_page(form, lot, at=at)
    session.commit()
    following = queries.find_following(session, lot.id)
    if following is None or following.is_over:
        flash(_("The lot was corrected. What was changed is on no certificate."), "success")
        return redirect(url_for("vaccines.index"))
    flash(_("The lot was corrected. The certificates that name it are replaced now: print the new ones."), "success")
    return redirect(url_for(".correct_lot", lot_id=lot.id))


def _lot_page(form: Form, lot: Lot, *, at: datetime) -> str:
    """The page, and below its heading how many certificates name the lot: a worker counts them when it opens."""
    session = db.stop_writing()
    counting = queries.find_count(session, lot.id, at=at)
    if counting is None:
        record_apart(lambda apart: services.request_count(apart, lot, by=actor().id, at=at))
    counted = counting.result.get("certificates") if counting else None
    age = max(at - counting.finished_at, A_MOMENT) if counting and counting.finished_at else None
    following = queries.find_following(session, lot.id)
    return render_template(
        "corrections/correct_lot.html",
        form=form,
        lot=lot,
        counted=counted,
        age=age,
        following=following,
        missed=following is not None and queries.missed_somebody(following),
    )


def _count_of(counting: Job | None, *, at: datetime) -> Callable[[], int] | None:
    """What the worker counted; None where no worker does it, so that a lot can be corrected without one."""
    if counting and (counting.failed_at or (not counting.is_over and at - counting.created_at > WORKER_IS_AWAY)):
        return None

    def count() -> int:
        if counting is None or not counting.is_over:
            raise rules.LotNotCounted
        return int(counting.result["certificates"])

    return count


def _opened(pilgrim_id: uuid.UUID, *, at: datetime) -> tuple[Campaign, Pilgrim]:
    session = db.session()
    campaign = campaigns.current_campaign(session, settings().campaign)
    return campaign, pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)


def _lots_for(dose: Dose) -> list[tuple[Lot, Product]]:
    """The dose's own lot, and what the point could have given instead."""
    session = db.session()
    own = vaccines.get_lot(session, dose.lot_id)
    usable = vaccines.list_usable_lots(
        session,
        point_code=dose.point_code,
        antigen_code=dose.antigen_code,
        on=dose.given_on,
        timezone=campaigns.get_campaign(session, dose.campaign_code).timezone,
    )
    others = [(one.lot, one.product) for one in usable if one.lot.id != own.id]
    return [(own, vaccines.get_product(session, own.product_code)), *others]


def _stale(dose: Dose) -> Response | None:
    """Away from a page of a version that stands no more: whatever is sent from it would be refused."""
    newer = queries.find_newer(db.session(), dose)
    return _to_record(dose, newer) if newer is not None else None


def _to_record(dose: Dose, newer: DoseChangedMeanwhile) -> Response:
    if isinstance(newer, DoseCorrectedMeanwhile):
        newer.facts["fields"] = ", ".join(map(field_label, newer.fields))
    return to_record(dose.pilgrim_id, newer)


def _page(template: str, form: Form, pilgrim: Pilgrim, *, at: datetime, **shown: object) -> str:
    """The page as it opens, which is a look at a pilgrim; a refused form was looked at when it opened."""
    session = db.stop_writing()
    if not form.is_submitted():
        record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
    dose = shown.get("dose")
    if isinstance(dose, Dose):
        shown["antigen"] = campaigns.get_antigen(session, dose.antigen_code)
    return render_template(template, form=form, pilgrim=pilgrim, **shown)
