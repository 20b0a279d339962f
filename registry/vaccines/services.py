"""Products arrive as data; lots are received, taken from, returned to, held."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.intake import read
from registry.campaigns.models import Antigen, Requirement
from registry.errors import Refusal, refuse
from registry.model import new_id
from registry.vaccines import queries, rules
from registry.vaccines.intake import ProductsDocument
from registry.vaccines.models import HoldKind, Lot, LotHold, MovementKind, Product, Stock, StockMovement


def load_products(session: Session, document: Mapping[str, Any]) -> None:
    """Bring the products of a file (its shape: `intake`), leaving out vaccines that no loaded campaign speaks of.

    Raises Refusals naming every fault of the file.
    """
    known = set(session.exec(select(Antigen.code)))
    for part in read(ProductsDocument, document).products:
        if part.antigen in known:
            columns = part.model_dump(exclude={"antigen", "sources", "note"})
            session.merge(Product(antigen_code=part.antigen, **columns))
    session.flush()


@dataclass(frozen=True)
class LotDetails:
    """A lot as it is printed on the box."""

    product_code: str
    number: str
    expires_on: date
    season_code: str | None


def receive_lot(
    session: Session,
    *,
    id: uuid.UUID,  # noqa: A002 - names the delivery's row, as everywhere
    product_code: str,
    number: str,
    expires_on: date,
    season_code: str | None,
    point_code: str,
    doses: int,
    document: str,
    by: uuid.UUID,
    at: datetime,
    confirmed: Collection[str] = (),
) -> Lot:
    """Take a delivery into a point's stock. The same `id` again is the same delivery and changes nothing.

    Raises Refusals: an implausible lot number, expiry, season or count; a known lot described differently.
    """
    replayed = session.get(StockMovement, id)
    if replayed is not None:
        return queries.get_lot(session, replayed.lot_id)
    details = LotDetails(product_code, rules.normalise_number(number), expires_on, season_code)
    refuse(_delivery_faults(session, details, doses=doses, at=at), confirmed=confirmed)
    lot = _known_or_new(session, Lot(**asdict(details), created_at=at, created_by_id=by))
    row = movement_row(point_code, lot.id, MovementKind.RECEIVED, doses, by=by, at=at, id=id, document=document)
    session.add(StockMovement(**row))
    _add_to_stock(session, point_code, lot.id, doses)
    audit.record(
        session, Action.STOCK_CHANGED, by=by, at=at, subject=str(lot.id), what="received", point=point_code, doses=doses
    )
    session.flush()
    return lot


def _delivery_faults(session: Session, details: LotDetails, *, doses: int, at: datetime) -> Iterator[Refusal]:
    product = queries.get_product(session, details.product_code)
    return rules.delivery_faults(
        details.number,
        product=product,
        expires_on=details.expires_on,
        season_code=details.season_code,
        expected_season=_season_asked_for(session, product.antigen_code),
        doses=doses,
        on=_day_at(session, at),
    )


def take_dose(session: Session, *, point_code: str, lot_id: uuid.UUID, by: uuid.UUID, at: datetime) -> None:
    """Take one dose out of a point's stock. Raises OutOfStock, LotUnknown."""
    lower_stock(session, point_code=point_code, lot_id=lot_id, doses=1)
    session.add(StockMovement(**movement_row(point_code, lot_id, MovementKind.ADMINISTERED, -1, by=by, at=at)))
    session.flush()


def lower_stock(session: Session, *, point_code: str, lot_id: uuid.UUID, doses: int) -> None:
    # The condition is in the UPDATE: two nurses who both saw the last dose cannot both take it.
    taken = session.exec(
        update(Stock)
        .where(col(Stock.point_code) == point_code, col(Stock.lot_id) == lot_id, col(Stock.doses_on_hand) >= doses)
        .values(doses_on_hand=col(Stock.doses_on_hand) - doses)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 0:
        if point_code not in queries.list_points_with_lot(session, lot_id):
            raise rules.LotUnknown
        raise queries.why_none_is_left(session, point_code=point_code, lot_id=lot_id)


def return_dose(session: Session, *, point_code: str, lot_id: uuid.UUID, by: uuid.UUID, at: datetime) -> None:
    """Put back the dose of a record that was made in error."""
    _add_to_stock(session, point_code, lot_id, 1)
    session.add(StockMovement(**movement_row(point_code, lot_id, MovementKind.RETURNED, 1, by=by, at=at)))
    session.flush()


def hold_lot(
    session: Session,
    lot: Lot,
    kind: HoldKind,
    reason: str,
    *,
    by: uuid.UUID,
    at: datetime,
    id: uuid.UUID | None = None,  # noqa: A002 - names the hold's row, as everywhere
    may_lift_recall: bool = True,
) -> LotHold:
    """Quarantine, recall or release a lot everywhere, from this moment. The same `id` again changes nothing.

    `may_lift_recall`: a recall holds in the whole country, so a single point cannot end it.
    Raises HoldReasonMissing, NothingToRelease, RecallStands.
    """
    replayed = session.get(LotHold, id) if id else None
    if replayed is not None:
        return replayed
    if not reason.strip():
        raise rules.HoldReasonMissing
    latest = queries.find_latest_hold(session, lot.id)
    if kind is HoldKind.RELEASE and not rules.is_held(latest):
        raise rules.NothingToRelease
    if latest is not None and latest.kind is HoldKind.RECALL and kind is not HoldKind.RECALL and not may_lift_recall:
        raise rules.RecallStands
    hold = LotHold(id=id or new_id(), lot_id=lot.id, kind=kind, reason=reason.strip(), at=at, by_id=by)
    session.add(hold)
    audit.record(session, Action.STOCK_CHANGED, by=by, at=at, subject=str(lot.id), what=kind.value)
    session.flush()
    return hold


def change_lot(
    session: Session, lot: Lot, details: LotDetails, *, by: uuid.UUID, at: datetime, confirmed: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Describe a lot as its box does; [{"field", "old", "new"}, ...]. What was printed from it is for the caller.

    Raises Refusals: an implausible number or season, a vaccine against something else, a number that another lot has.
    """
    details = replace(details, number=rules.normalise_number(details.number))
    old, new = (queries.get_product(session, code) for code in (lot.product_code, details.product_code))
    expected = _season_asked_for(session, new.antigen_code)
    faults = rules.correction_faults(
        details.number, old=old, new=new, season_code=details.season_code, expected_season=expected
    )
    refuse(faults, confirmed=confirmed)
    known = queries.find_lot(session, product_code=details.product_code, number=details.number)
    if known is not None and known.id != lot.id:
        raise rules.LotExists(number=details.number)
    before = lot.model_dump(mode="json", include=set(asdict(details)))
    lot.sqlmodel_update(asdict(details))
    after = lot.model_dump(mode="json", include=set(before))
    changes = [{"field": f, "old": before[f], "new": after[f]} for f in before if before[f] != after[f]]
    if changes:
        session.add(lot)
        session.flush()
        audit.record(session, Action.STOCK_CHANGED, by=by, at=at, subject=str(lot.id), what="corrected", lot=changes)
    return changes


def _known_or_new(session: Session, lot: Lot) -> Lot:
    """The lot as it is known, or this one. One lot has one expiry and one season wherever it arrives."""
    known = queries.find_lot(session, product_code=lot.product_code, number=lot.number)
    if known is None:
        try:
            with session.begin_nested():
                session.add(lot)
                session.flush()
        except IntegrityError:
            # Another point received the same lot in this moment.
            known = queries.find_lot(session, product_code=lot.product_code, number=lot.number)
    if known is None:
        return lot
    if (known.expires_on, known.season_code) != (lot.expires_on, lot.season_code):
        raise rules.LotDiffers(number=known.number, expires_on=known.expires_on, season=known.season_code)
    return known


def _season_asked_for(session: Session, antigen_code: str) -> str | None:
    seasonal = col(Requirement.antigen_code) == antigen_code, col(Requirement.season_code).is_not(None)
    newest_first = col(Requirement.season_ends_on).desc(), col(Requirement.version).desc()
    return session.exec(select(Requirement.season_code).where(*seasonal).order_by(*newest_first).limit(1)).first()


def _day_at(session: Session, at: datetime) -> date:
    return clock.local_date(at, campaigns.current_campaign(session, None).timezone)


def _add_to_stock(session: Session, point_code: str, lot_id: uuid.UUID, doses: int) -> None:
    row = {"point_code": point_code, "lot_id": lot_id, "doses_on_hand": doses}
    db.upsert(session, Stock, [row], add="doses_on_hand")


def movement_row(
    point_code: str,
    lot_id: uuid.UUID,
    kind: MovementKind,
    doses: int,
    *,
    by: uuid.UUID,
    at: datetime,
    id: uuid.UUID | None = None,  # noqa: A002 - a column's name
    document: str = "",
) -> dict[str, Any]:
    return {
        "id": id or new_id(),
        "point_code": point_code,
        "lot_id": lot_id,
        "kind": kind,
        "doses": doses,
        "document": document,
        "at": at,
        "by_id": by,
    }
