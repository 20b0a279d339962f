"""Reads of products, lots and stock."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Exists, exists
from sqlmodel import Session, col, select

from registry import clock
from registry.campaigns.models import VaccinationPoint
from registry.errors import NotFound
from registry.staff.models import Staff
from registry.vaccines import rules
from registry.vaccines.models import HoldKind, Lot, LotHold, MovementKind, Product, Stock, StockMovement


@dataclass(frozen=True)
class UsableLot:
    """A lot that may be chosen for a dose of a day; `held` where it was put on hold on that day or later."""

    lot: Lot
    product: Product
    doses_on_hand: int
    held: rules.Held | None = None


@dataclass(frozen=True)
class StockLine:
    """A lot at a point, with the hold that keeps it from being used, if there is one."""

    point: VaccinationPoint
    lot: Lot
    product: Product
    doses_on_hand: int
    hold: LotHold | None


def get_product(session: Session, code: str) -> Product:
    found = session.get(Product, code)
    if found is None:
        raise NotFound
    return found


def get_lot(session: Session, lot_id: uuid.UUID, *, anew: bool = False) -> Lot:
    """`anew`: as it is now, though this transaction has read it before."""
    found = session.get(Lot, lot_id, populate_existing=anew)
    if found is None:
        raise NotFound
    return found


def lock_lot(session: Session, lot_id: uuid.UUID) -> Lot:
    """The lot as it is now, from whose stock nobody takes a dose until this transaction ends."""
    held = select(Stock.point_code).where(Stock.lot_id == lot_id).order_by(col(Stock.point_code))
    session.exec(held.with_for_update()).all()
    return get_lot(session, lot_id, anew=True)


def lock_stock(session: Session, point_code: str, lot_ids: Collection[uuid.UUID]) -> None:
    """Let nobody else take from or return to a point's stock of these lots until this transaction ends."""
    if lot_ids:
        held = select(Stock.lot_id).where(Stock.point_code == point_code, col(Stock.lot_id).in_(lot_ids))
        session.exec(held.order_by(col(Stock.lot_id)).with_for_update()).all()


def find_lot(session: Session, *, product_code: str, number: str) -> Lot | None:
    query = select(Lot).where(Lot.product_code == product_code, Lot.number == number)
    return session.exec(query).one_or_none()


def find_latest_hold(session: Session, lot_id: uuid.UUID) -> LotHold | None:
    """The lot's last quarantine, recall or release."""
    return _latest_holds(session, [lot_id]).get(lot_id)


def list_holds(session: Session, lot_id: uuid.UUID) -> Sequence[LotHold]:
    """The newest first."""
    query = select(LotHold).where(LotHold.lot_id == lot_id)
    return session.exec(query.order_by(col(LotHold.at).desc(), col(LotHold.id).desc())).all()


def any_recall() -> Exists:
    """A column of another query: whether any lot was ever recalled."""
    return exists().where(col(LotHold.kind) == HoldKind.RECALL)


def list_recalls(session: Session, numbers: Collection[str] | None = None) -> Sequence[tuple[Lot, Product, LotHold]]:
    """Lots whose latest hold is a recall, among those with one of these numbers if any are given."""
    query = (
        select(Lot, Product)
        .join(Product, col(Product.code) == Lot.product_code)
        .where(col(Lot.id).in_(select(LotHold.lot_id).where(LotHold.kind == HoldKind.RECALL)))
        .order_by(col(Lot.product_code), col(Lot.number))
    )
    rows = session.exec(query if numbers is None else query.where(col(Lot.number).in_(numbers))).all()
    holds = _latest_holds(session, [lot.id for lot, _ in rows]) if rows else {}
    return [(lot, product, holds[lot.id]) for lot, product in rows if holds[lot.id].kind is HoldKind.RECALL]


def list_products(session: Session) -> Sequence[Product]:
    query = select(Product).order_by(col(Product.antigen_code), col(Product.latin_name))
    return session.exec(query).all()


def list_products_like(session: Session, code: str) -> Sequence[Product]:
    """The products against the same disease, this one included."""
    return [one for one in list_products(session) if one.antigen_code == get_product(session, code).antigen_code]


def list_usable_lots(
    session: Session,
    *,
    point_code: str,
    antigen_code: str,
    on: date,
    timezone: str,
    present: Collection[datetime] = (),
) -> Sequence[UsableLot]:
    """What may have been given at a point on a day, the lot that expires first at the top, those on hold at the end.

    `present`: as `rules.is_later`.
    """
    query = (
        select(Lot, Product, Stock.doses_on_hand)
        .join(Stock, col(Stock.lot_id) == Lot.id)
        .join(Product, col(Product.code) == Lot.product_code)
        .where(
            Stock.point_code == point_code,
            Stock.doses_on_hand > 0,
            Product.antigen_code == antigen_code,
            Lot.expires_on >= on,
        )
        .order_by(col(Lot.expires_on), col(Lot.number))
    )
    rows = session.exec(query).all()
    held = _held(session, [lot.id for lot, _, _ in rows], timezone=timezone)
    found = [UsableLot(*row, held.get(row[0].id)) for row in rows]
    usable = [
        one
        for one in found
        if rules.is_available(one.product, on=on)
        and not (one.held and rules.is_later(one.held, on=on, present=present))
    ]
    return sorted(usable, key=lambda one: one.held is not None)


def list_held_lots(
    session: Session, *, point_code: str, antigen_code: str, timezone: str
) -> Sequence[tuple[Lot, rules.Held]]:
    """Lots of a vaccine at a point that are on hold."""
    query = (
        select(Lot)
        .join(Stock, col(Stock.lot_id) == Lot.id)
        .join(Product, col(Product.code) == Lot.product_code)
        .where(
            Stock.point_code == point_code,
            Product.antigen_code == antigen_code,
            col(Lot.id).in_(select(LotHold.lot_id)),
        )
    )
    lots = {lot.id: lot for lot in session.exec(query)}
    return [(lots[lot_id], held) for lot_id, held in _held(session, lots, timezone=timezone).items()]


def find_held(session: Session, lot_id: uuid.UUID, *, timezone: str) -> rules.Held | None:
    return _held(session, [lot_id], timezone=timezone).get(lot_id)


def _held(session: Session, lot_ids: Collection[uuid.UUID], *, timezone: str) -> dict[uuid.UUID, rules.Held]:
    """Those of some lots that are on hold, since the first hold after their last release."""
    query = (
        select(LotHold, Staff.name)
        .join(Staff, col(Staff.id) == LotHold.by_id, isouter=True)
        .where(col(LotHold.lot_id).in_(lot_ids))
        .order_by(col(LotHold.at), col(LotHold.id))
    )
    found: dict[uuid.UUID, rules.Held] = {}
    for hold, by in session.exec(query) if lot_ids else ():
        before = found.pop(hold.lot_id, None)
        if hold.kind is not HoldKind.RELEASE:
            since = before.since if before else hold.at
            day = clock.local_date(since, timezone)
            ends = clock.first_instant(day + timedelta(days=1), timezone)
            found[hold.lot_id] = rules.Held(hold.kind, hold.reason, by or "–", since, day, ends)
    return found


def why_none_is_left(session: Session, *, point_code: str, lot_id: uuid.UUID) -> rules.OutOfStock:
    """Says who recorded the last dose of a lot at a point, and when."""
    query = (
        select(Lot.number, StockMovement.at, Staff.name)
        .join(StockMovement, col(StockMovement.lot_id) == Lot.id)
        .join(Staff, col(Staff.id) == StockMovement.by_id)
        .where(
            Lot.id == lot_id,
            StockMovement.point_code == point_code,
            StockMovement.kind == MovementKind.ADMINISTERED,
        )
        .order_by(col(StockMovement.at).desc())
        .limit(1)
    )
    last = session.exec(query).first()
    return rules.LastDoseTaken(lot=last[0], at=last[1], by=last[2]) if last else rules.OutOfStock()


def find_shortage(
    session: Session,
    *,
    point_code: str,
    lot_id: uuid.UUID,
    on: date,
    timezone: str,
    present: Collection[datetime],
) -> rules.OutOfStock | rules.LotOnHold | None:
    """Why a lot that a point has or had cannot be chosen there for a day; None where neither holds nor doses tell.

    `present`: as `rules.is_later`.
    """
    stock = session.get(Stock, (point_code, lot_id))
    if stock is None:
        return None
    held = find_held(session, lot_id, timezone=timezone)
    fault = rules.hold_fault(get_lot(session, lot_id), held, on=on, present=present) if held else None
    if isinstance(fault, rules.LotOnHold):
        return fault
    if stock.doses_on_hand:
        return None
    return why_none_is_left(session, point_code=point_code, lot_id=lot_id)


def list_stock(session: Session, point_codes: Collection[str]) -> Sequence[StockLine]:
    """Every lot that these points have or had, by point, then by vaccine, the first to expire at the top."""
    query = (
        select(VaccinationPoint, Lot, Product, Stock.doses_on_hand)
        .join(Stock, col(Stock.point_code) == VaccinationPoint.code)
        .join(Lot, col(Lot.id) == Stock.lot_id)
        .join(Product, col(Product.code) == Lot.product_code)
        .where(col(Stock.point_code).in_(point_codes))
        .order_by(col(Stock.point_code), col(Product.antigen_code), col(Lot.expires_on), col(Lot.number))
    )
    rows = session.exec(query).all()
    holds = _latest_holds(session, {lot.id for _, lot, _, _ in rows})
    return [
        StockLine(point, lot, product, doses, hold if rules.is_held(hold := holds.get(lot.id)) else None)
        for point, lot, product, doses in rows
    ]


def count_on_hand(session: Session, *, point_code: str, lot_id: uuid.UUID) -> int:
    """Doses of a lot at a point; none where it never was."""
    query = select(Stock.doses_on_hand).where(Stock.point_code == point_code, Stock.lot_id == lot_id)
    return session.exec(query).one_or_none() or 0


def list_points_with_lot(session: Session, lot_id: uuid.UUID) -> Sequence[str]:
    """Codes of the points that have or had the lot."""
    return session.exec(select(Stock.point_code).where(Stock.lot_id == lot_id)).all()


def _latest_holds(session: Session, lot_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, LotHold]:
    query = select(LotHold).where(col(LotHold.lot_id).in_(lot_ids)).order_by(col(LotHold.at), col(LotHold.id))
    return {hold.lot_id: hold for hold in session.exec(query)}
