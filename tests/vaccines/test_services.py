"""Stock moves, and is never below nothing."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, func, select

from registry.campaigns.models import VaccineType
from registry.commands.campaign import PRODUCTS, read_document
from registry.errors import NotFound, Refusal
from registry.model import new_id
from registry.vaccines import queries, rules, services
from registry.vaccines.models import HoldKind, Lot, Product, StockMovement
from tests.factories import BISHKEK, NARYN, NOW, TODAY, make_flu_lot, make_lot

BY = uuid.UUID(int=7)


def take(session: Session, lot: Lot, point: str = NARYN) -> None:
    services.take_dose(session, point_code=point, lot_id=lot.id, by=BY, at=NOW)


def give_back(session: Session, lot: Lot, point: str = NARYN) -> None:
    services.return_dose(session, point_code=point, lot_id=lot.id, by=BY, at=NOW)


def hold(session: Session, lot: Lot, kind: HoldKind, *, after: int = 0) -> None:
    services.hold_lot(session, lot, kind, "Refrigerator failed", by=BY, at=NOW + timedelta(minutes=after))


def on_hand(session: Session, lot: Lot, point: str = NARYN) -> int:
    return queries.count_on_hand(session, point_code=point, lot_id=lot.id)


def usable(session: Session, antigen: str = "MENACWY", on: date = TODAY) -> list[Lot]:
    """Lots that may be given: those on hold only to record what was given before."""
    place: dict[str, Any] = {"point_code": NARYN, "timezone": "Asia/Bishkek"}
    return [one.lot for one in queries.list_usable_lots(session, antigen_code=antigen, on=on, **place) if not one.held]


def receive(session: Session, **changes: Any) -> Lot:
    values: dict[str, Any] = {
        "id": new_id(),
        "product_code": "MENQUADFI",
        "number": "AB1234",
        "expires_on": date(2026, 12, 31),
        "season_code": None,
        "point_code": NARYN,
        "doses": 10,
        "document": "",
        "by": BY,
        "at": NOW,
    }
    return services.receive_lot(session, **{**values, **changes})


def test_products_that_may_be_given_say_how(session: Session) -> None:
    products = {product.code: product for product in queries.list_products(session)}

    assert products["MENACTRA"].vaccine_type is VaccineType.CONJUGATE
    assert products["MPSV4-CAMPAIGN"].vaccine_type is VaccineType.POLYSACCHARIDE
    assert products["GRIPPOL-PLUS"].vaccine_type is VaccineType.INACTIVATED
    assert not products["MENACWY-UNSPECIFIED"].usable
    assert all(product.routes and product.sites and product.dose_ml for product in products.values() if product.usable)


def test_what_no_source_confirms_may_not_be_given(session: Session) -> None:
    products = {product.code: product.usable for product in queries.list_products(session)}

    assert not products["MENCEVAX-ACWY"]
    assert {"MENFIVE", "QUADRIMENINGO", "GRIPPOL-QUADRI"}.isdisjoint(products)


def test_products_of_vaccines_that_no_campaign_speaks_of_are_left_out(session: Session) -> None:
    document = {
        "format": "products/1",
        "products": [{**read_document(PRODUCTS)["products"][0], "code": "RABIVAX", "antigen": "RABIES"}],
    }

    services.load_products(session, document)

    assert session.get(Product, "RABIVAX") is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"routes": ["by mouth"]}, "“products.1.routes.1”"),
        ({"sites": []}, "a product that may be given needs dose_ml, routes and sites"),
        ({"sources": []}, "“products.1.sources”"),
    ],
)
def test_a_fault_of_a_product_is_told_in_a_sentence(session: Session, change: dict[str, Any], sentence: str) -> None:
    document = {"format": "products/1", "products": [{**read_document(PRODUCTS)["products"][0], **change}]}

    with pytest.raises(Refusal) as refused:
        services.load_products(session, document)

    assert sentence in str(refused.value)


def test_a_delivery_sent_twice_is_one_delivery(session: Session) -> None:
    key = new_id()

    first, second = receive(session, id=key), receive(session, id=key)

    assert first.id == second.id
    assert on_hand(session, first) == 10


def test_a_second_delivery_of_a_lot_adds_to_it(session: Session) -> None:
    first = receive(session)
    again = receive(session, number=" ab1234 ", doses=5)
    elsewhere = receive(session, point_code=BISHKEK, doses=3)

    assert first.id == again.id == elsewhere.id
    assert (on_hand(session, first), on_hand(session, first, BISHKEK)) == (15, 3)


def test_one_lot_has_one_expiry(session: Session) -> None:
    receive(session)

    with pytest.raises(rules.LotDiffers):
        receive(session, expires_on=date(2027, 1, 31))


def test_an_influenza_lot_says_its_season(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        receive(session, product_code="GRIPPOL-PLUS")

    assert "for example NH-2025-2026" in str(refused.value)


def test_a_doubt_about_a_delivery_can_be_confirmed(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        receive(session, number="A12")

    assert receive(session, number="A12", confirmed=[one.code for one in refused.value.all]).number == "A12"


def test_the_last_dose_is_taken_once(session: Session) -> None:
    lot = make_lot(session, doses=1)
    take(session, lot)

    with pytest.raises(rules.OutOfStock):
        take(session, lot)

    assert on_hand(session, lot) == 0


def test_a_lot_of_another_point_cannot_be_taken_here(session: Session) -> None:
    with pytest.raises(rules.LotUnknown):
        take(session, make_lot(session, point=BISHKEK))


def test_a_dose_recorded_in_error_goes_back(session: Session) -> None:
    lot = make_lot(session, doses=1)
    take(session, lot)
    give_back(session, lot)

    assert on_hand(session, lot) == 1


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_balance_is_the_sum_of_its_movements_and_never_negative(
    session: Session, received: int, acts: list[bool]
) -> None:
    lot, expected = make_lot(session, doses=received), received
    for takes in acts:
        if not takes:
            give_back(session, lot)
            expected += 1
        elif expected:
            take(session, lot)
            expected -= 1
        else:
            with pytest.raises(rules.OutOfStock):
                take(session, lot)

    moved = select(func.sum(col(StockMovement.doses))).where(StockMovement.lot_id == lot.id)
    assert on_hand(session, lot) == expected == session.exec(moved).one()


def test_the_lot_that_expires_first_is_offered_first(session: Session) -> None:
    late = make_lot(session, expires_on=date(2027, 5, 31))
    soon = make_lot(session, expires_on=date(2026, 1, 31))
    middle = make_lot(session, product="MENACTRA", expires_on=date(2026, 6, 30))

    assert [lot.id for lot in usable(session)] == [soon.id, middle.id, late.id]


def test_only_what_may_be_given_is_offered(session: Session) -> None:
    good = make_lot(session)
    used_up = make_lot(session, doses=1)
    take(session, used_up)
    expires_soon = make_lot(session, expires_on=date(2025, 12, 26))
    make_lot(session, point=BISHKEK)
    make_flu_lot(session)
    held = make_lot(session)
    hold(session, held, HoldKind.QUARANTINE)

    assert {lot.id for lot in usable(session)} == {good.id, expires_soon.id}
    assert {lot.id for lot in usable(session, on=date(2025, 12, 27))} == {good.id}


def test_a_released_lot_is_offered_again_until_it_is_recalled(session: Session) -> None:
    lot = make_lot(session)
    hold(session, lot, HoldKind.QUARANTINE)
    hold(session, lot, HoldKind.RELEASE, after=1)
    assert [one.id for one in usable(session)] == [lot.id]

    hold(session, lot, HoldKind.RECALL, after=2)
    assert usable(session) == []
    assert [one.kind for one in queries.list_holds(session, lot.id)] == ["recall", "release", "quarantine"]


def test_what_is_not_held_cannot_be_released(session: Session) -> None:
    with pytest.raises(rules.NothingToRelease):
        hold(session, make_lot(session), HoldKind.RELEASE)


def test_a_hold_says_why_and_a_repeated_request_is_one_hold(session: Session) -> None:
    lot, key = make_lot(session), new_id()

    with pytest.raises(rules.HoldReasonMissing):
        services.hold_lot(session, lot, HoldKind.RECALL, "  ", by=BY, at=NOW)
    for _ in range(2):
        services.hold_lot(session, lot, HoldKind.RECALL, "Letter 12", by=BY, at=NOW, id=key)

    assert [one.reason for one in queries.list_holds(session, lot.id)] == ["Letter 12"]


def test_the_stock_of_points_lists_all_their_lots_with_their_holds(session: Session) -> None:
    lot, elsewhere = make_lot(session, doses=4), make_lot(session, point=BISHKEK)
    hold(session, lot, HoldKind.QUARANTINE)

    (line,) = queries.list_stock(session, [NARYN])

    assert (line.lot.id, line.doses_on_hand, line.point.code) == (lot.id, 4, NARYN)
    assert line.hold is not None
    assert elsewhere.id in {one.lot.id for one in queries.list_stock(session, [NARYN, BISHKEK])}


def test_what_does_not_exist_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        queries.get_lot(session, new_id())
    with pytest.raises(NotFound):
        queries.get_product(session, "NOTHING")
