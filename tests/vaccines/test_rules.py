"""Which lot may be given to whom, and which delivery is believed."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from registry.campaigns.models import VaccineType
from registry.errors import Doubt
from registry.model import new_id
from registry.vaccines import rules
from registry.vaccines.models import HoldKind, Lot, Product
from tests.factories import NOW, TODAY

SIXTY_FIVE = date(1960, 6, 1)
SEASON = "NH-2025-2026"


def product(**changes: Any) -> Product:
    values: dict[str, Any] = {
        "code": "P",
        "antigen_code": "MENACWY",
        "trade_name": "P",
        "latin_name": "Menvax",
        "vaccine_type": VaccineType.CONJUGATE,
        "age_min_months": 24,
    }
    return Product(**{**values, **changes})


def lot(**changes: Any) -> Lot:
    values: dict[str, Any] = {
        "product_code": "P",
        "number": "AB1234",
        "expires_on": date(2026, 12, 31),
        "created_at": NOW,
        "created_by_id": new_id(),
    }
    return Lot(**{**values, **changes})


def hold(kind: HoldKind, *, day: date = date(2025, 12, 24)) -> rules.Held:
    return rules.Held(kind, "Too warm", "Asel", NOW, day, NOW + timedelta(hours=14))


def faults(
    of: Lot | None = None,
    this: Product | None = None,
    held: rules.Held | None = None,
    *,
    on: date = TODAY,
    birth_on: date = SIXTY_FIVE,
    antigen: str = "MENACWY",
    season: str | None = None,
    present: Collection[datetime] = (),
) -> list[type]:
    found = rules.lot_faults(
        of or lot(),
        this or product(),
        held,
        on=on,
        birth_on=birth_on,
        antigen_code=antigen,
        season_code=season,
        present=present,
    )
    return [type(fault) for fault in found]


def test_a_good_lot_has_no_fault() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("story", "expires_on", "expected"),
    [
        ("expires today", TODAY, []),
        ("expired yesterday", date(2025, 12, 24), [rules.LotExpired]),
    ],
)
def test_a_lot_may_be_given_until_the_end_of_its_last_day(story: str, expires_on: date, expected: list[type]) -> None:
    assert faults(lot(expires_on=expires_on)) == expected, story


def test_a_late_entry_is_judged_by_the_day_it_was_given() -> None:
    assert faults(lot(expires_on=date(2025, 12, 24)), on=date(2025, 12, 23)) == []


@pytest.mark.parametrize("kind", [HoldKind.QUARANTINE, HoldKind.RECALL])
def test_a_lot_on_hold_may_not_be_given_and_a_dose_of_before_is_asked_about(kind: HoldKind) -> None:
    assert faults(held=hold(kind)) == [rules.LotOnHold]
    for day in (TODAY, date(2025, 12, 26)):
        assert faults(held=hold(kind, day=day)) == [rules.HeldMeanwhile]


@pytest.mark.parametrize(
    ("hours", "of", "expected"),
    [
        ([-3, -1], TODAY, rules.HeldMeanwhile),
        ([-3, 0], TODAY, rules.HeldMeanwhile),
        ([-3, 1], TODAY, rules.LotOnHold),
        ([1, -3], TODAY, rules.LotOnHold),
        ([14, 15], TODAY, rules.HeldMeanwhile),  # copied from paper on the day after
        ([1, 2], TODAY - timedelta(days=1), rules.HeldMeanwhile),  # and of the day before
    ],
)
def test_f5_a_lot_on_hold_is_refused_to_who_came_after_the_hold(hours: list[int], of: date, expected: type) -> None:
    """Room F5: registered and examined after the recall, vaccinated with one tick."""
    present = [NOW + timedelta(hours=one) for one in hours]
    assert faults(held=hold(HoldKind.RECALL, day=TODAY), on=of, present=present) == [expected]


def test_a_lot_of_another_vaccine_is_refused() -> None:
    assert faults(antigen="INFLUENZA") == [rules.ProductMismatch]


@pytest.mark.parametrize(
    ("changes", "available"),
    [
        ({}, True),
        ({"usable": False}, False),
        ({"available_from": TODAY}, True),
        ({"available_from": date(2025, 12, 26)}, False),
        ({"available_until": TODAY}, True),
        ({"available_until": date(2025, 12, 24)}, False),
    ],
)
def test_a_product_may_be_given_only_while_it_is_available(changes: dict[str, Any], available: bool) -> None:
    assert faults(this=product(**changes)) == ([] if available else [rules.ProductNotAvailable])


@pytest.mark.parametrize(
    ("story", "birth_on", "expected"),
    [
        ("23 months", date(2023, 12, 26), [rules.TooYoung]),
        ("24 months", date(2023, 12, 25), []),
        ("only the year 2023 is known", date(2023, 1, 1), []),
        ("the day before the 56th birthday", date(1969, 12, 26), []),
        ("the 56th birthday", date(1969, 12, 25), [rules.AboveLabelAge]),
    ],
)
def test_the_age_on_the_label_is_a_floor_and_a_doubtful_ceiling(
    story: str, birth_on: date, expected: list[type]
) -> None:
    assert faults(this=product(age_max_years=55), birth_on=birth_on) == expected, story
    assert issubclass(rules.AboveLabelAge, Doubt)


@pytest.mark.parametrize(
    ("of_lot", "asked", "expected"),
    [
        (SEASON, SEASON, []),
        ("SH-2025", SEASON, [rules.OtherSeason]),
        (None, None, []),
        (SEASON, None, []),
    ],
)
def test_a_lot_of_another_season_is_doubted(of_lot: str | None, asked: str | None, expected: list[type]) -> None:
    assert faults(lot(season_code=of_lot), season=asked) == expected


def test_every_fault_is_told_at_once_beside_the_lot() -> None:
    found = list(
        rules.lot_faults(
            lot(expires_on=date(2025, 1, 1)),
            product(usable=False),
            hold(HoldKind.RECALL),
            on=TODAY,
            birth_on=TODAY,
            antigen_code="INFLUENZA",
            season_code=None,
        )
    )

    assert len(found) == 5
    assert {fault.field for fault in found} == {"lot"}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("AB1234A", []),
        ("LOT00017", []),
        ("", [rules.LotNumberMissing]),
        ("A12", [rules.LotNumberShort]),
        ("A1234", []),
        ("AB1234, AB1235", [rules.SeveralLots]),
        ("AB1234;AB1235", [rules.SeveralLots]),
        ("AB1234 И AB1235", [rules.SeveralLots]),
        ("LOT AB1234", [rules.LotNumberWithWord]),
        ("СЕРИЯ: 1234", [rules.LotNumberWithWord]),
        ("№12345", [rules.LotNumberWithWord]),
        ("AB1234\x1d21XYZ", [rules.LotNumberWithWord]),
        ("A" * 20, []),
        ("A" * 21, [rules.LotNumberTooLong]),
    ],
)
def test_a_lot_number_is_one_number_and_nothing_else(number: str, expected: list[type]) -> None:
    assert delivery(number=number) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"expires_on": TODAY}, []),
        ({"expires_on": date(2025, 12, 24)}, [rules.ReceivedExpired]),
        ({"expires_on": date(2030, 12, 25)}, []),
        ({"expires_on": date(2030, 12, 26)}, [rules.ExpiresLate]),
        ({"doses": 0}, [rules.NoDoses]),
        ({"doses": -10}, [rules.NoDoses]),
        ({"doses": 25}, [rules.NotWholeContainers]),
        ({"doses": 30}, []),
        ({"season_code": None}, [rules.SeasonMissing]),
        ({"season_code": None, "expected_season": None}, []),
    ],
)
def test_a_delivery_is_plausible_before_it_enters_the_stock(changes: dict[str, Any], expected: list[type]) -> None:
    assert delivery(**changes) == expected


def delivery(**changes: Any) -> list[type]:
    values: dict[str, Any] = {
        "number": "AB1234",
        "product": product(doses_per_container=10),
        "expires_on": date(2026, 12, 31),
        "season_code": SEASON,
        "expected_season": SEASON,
        "doses": 20,
        "on": TODAY,
    }
    given = {**values, **changes}
    return [type(fault) for fault in rules.delivery_faults(given.pop("number"), **given)]


def test_spaces_around_a_lot_number_and_small_letters_do_not_make_another_lot() -> None:
    assert rules.normalise_number(" ab1234\N{NO-BREAK SPACE}") == "AB1234"
