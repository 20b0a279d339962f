"""The stock of the points where a person works."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry import clock, db
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign, VaccinationPoint
from registry.errors import NotFound, Refusal
from registry.staff.guards import actor, requires
from registry.staff.models import Permission, ScopeKind
from registry.vaccines import queries, rules, services
from registry.vaccines.forms import HoldForm, ReceiveForm
from registry.vaccines.models import HoldKind, Lot
from registry.web.installation import settings
from registry.web.labels import choices, label
from registry.web.languages import say

blueprint = Blueprint("vaccines", __name__)


@blueprint.get("/stock")
@requires(Permission.MANAGE_STOCK)
def index() -> str:
    session = db.session()
    campaign = _campaign(session)
    points = _points(session, campaign)
    lines = queries.list_stock(session, [point.code for point in points])
    today = clock.local_date(clock.now(), campaign.timezone)
    return render_template("vaccines/index.html", points=points, lines=lines, today=today)


@blueprint.route("/stock/receive", methods=["GET", "POST"])
@requires(Permission.MANAGE_STOCK)
def receive() -> str | Response:
    session, form = db.session(), ReceiveForm()
    campaign = _campaign(session)
    _offer_choices(form, session, campaign)
    if not form.sent():
        db.stop_writing()
        return render_template("vaccines/receive.html", form=form)
    try:
        services.receive_lot(
            session,
            id=form.key,
            product_code=form.product.data,
            number=form.number.data or "",
            expires_on=form.expiry(),
            season_code=(form.season.data or "").strip().upper() or None,
            point_code=form.point.data,
            doses=form.doses.data or 0,
            document=(form.document.data or "").strip(),
            by=actor().id,
            at=clock.now(),
            confirmed=form.confirmed.data or (),
        )
    except Refusal as refusal:
        db.stop_writing()
        form.refuse(refusal)
        return render_template("vaccines/receive.html", form=form)
    session.commit()
    flash(_("The delivery is in the stock."), "success")
    return redirect(url_for("vaccines.index"))


@blueprint.route("/stock/lots/<uuid:lot_id>/hold", methods=["GET", "POST"])
@requires(Permission.MANAGE_STOCK)
def hold(lot_id: uuid.UUID) -> str | Response:
    session, form = db.session(), HoldForm()
    lot = _lot_in_scope(session, lot_id)
    if form.sent():
        kind, at = HoldKind(form.kind.data), clock.now()
        try:
            services.hold_lot(
                session,
                lot,
                kind,
                form.reason.data or "",
                by=actor().id,
                at=at,
                id=form.key,
                may_lift_recall=actor().is_national or bool(actor().codes(ScopeKind.REGION)),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            session.commit()
            flash(_("Lot %(number)s: %(state)s.", number=lot.number, state=label(kind)), "success")
            return redirect(url_for("vaccines.index"))
    session = db.stop_writing()
    product = queries.get_product(session, lot.product_code)
    holds = queries.list_holds(session, lot.id)
    if not rules.is_held(next(iter(holds), None)):
        form.kind.choices = [(kind, name) for kind, name in choices(HoldKind) if kind != HoldKind.RELEASE]
    return render_template("vaccines/hold.html", form=form, lot=lot, product=product, holds=holds)


def _campaign(session: Session) -> Campaign:
    return campaigns.current_campaign(session, settings().campaign)


def _points(session: Session, campaign: Campaign) -> list[VaccinationPoint]:
    return list(campaigns.list_points_in_scope(session, campaign.code, actor()))


def _lot_in_scope(session: Session, lot_id: uuid.UUID) -> Lot:
    """A lot that one of the person's points has or had; any other answers 404."""
    own = {point.code for point in _points(session, _campaign(session))}
    if own.isdisjoint(queries.list_points_with_lot(session, lot_id)):
        raise NotFound
    return queries.get_lot(session, lot_id)


def _offer_choices(form: ReceiveForm, session: Session, campaign: Campaign) -> None:
    """Only what may be received here: a point or a product that is not listed cannot be sent."""
    today = clock.local_date(clock.now(), campaign.timezone)
    antigens = {antigen.code: say(antigen.name) for antigen in campaigns.list_antigens(session, campaign.code)}
    points = [(point.code, f"{say(point.settlement)}: {say(point.name)}") for point in _points(session, campaign)]
    products = [
        (product.code, f"{antigens[product.antigen_code]}: {product.latin_name} ({label(product.vaccine_type)})")
        for product in queries.list_products(session)
        if product.antigen_code in antigens and rules.is_available(product, on=today)
    ]
    form.point.choices, form.product.choices = points, products
    if len(points) == 1 and not form.is_submitted():
        form.point.data = points[0][0]
