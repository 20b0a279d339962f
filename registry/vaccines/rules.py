"""May this lot be used for this person on this day? And is a lot plausible before it enters the stock?"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeGuard

from registry.campaigns.rules import add_months, has_reached
from registry.errors import N_, Doubt, Refusal
from registry.vaccines.models import HoldKind, Lot, LotHold, Product

SHORTEST_NUMBER = 5  # immunization registries doubt lot numbers of four characters or fewer (MQE0595)
LONGEST_NUMBER = 20  # as in GS1's application identifier 10
LONGEST_SHELF_LIFE_MONTHS = 60  # the longest label known here is 4 years (Nimenrix)
_SEVERAL = re.compile(r"[,;+&]|\s(?:and|и|жана)\s", re.IGNORECASE)
_WORD = re.compile(r"^(?:(?:lot|batch|series|серия|партия|сер)[\s.:№#]|[№#])|\s|[\x00-\x1f]", re.IGNORECASE)


class LotExpired(Refusal):
    sentence = N_("This lot expired on %(expires_on)s. Choose another lot.")
    field = "lot"


class LotOnHold(Refusal):
    sentence = N_(
        "Lot %(lot)s is on hold since %(since)s (%(kind)s, %(by)s: %(reason)s). Put it aside and choose another lot."
    )
    field = "lot"


class HeldMeanwhile(Doubt):
    """A dose has a day and no time: one of the day of the hold may have been given before it, an earlier one was."""

    sentence = N_(
        "Lot %(lot)s is on hold since %(since)s (%(kind)s, %(by)s: %(reason)s). If the dose is not given yet, put the "
        "vial aside and choose another lot. Confirm only if it was given before that."
    )
    field = "lot"


class LotUnknown(Refusal):
    sentence = N_("This lot is not in the stock of this point. Choose a lot from the list, or receive it first.")
    field = "lot"


class OutOfStock(Refusal):
    sentence = N_("No dose of this lot is left at this point. Choose another lot, or receive the delivery first.")
    field = "lot"


class LastDoseTaken(OutOfStock):
    sentence = N_(
        "No dose of lot %(lot)s is left at this point: the last one was recorded on %(at)s by %(by)s. Take another "
        "vial and choose its lot."
    )


class ProductMismatch(Refusal):
    sentence = N_("%(product)s is a vaccine against something else. Choose a lot of the right vaccine.")
    field = "lot"


class ProductNotAvailable(Refusal):
    sentence = N_("%(product)s may not be given on this day. Choose a lot of another product.")
    field = "lot"


class TooYoung(Refusal):
    sentence = N_("%(product)s is for people from the age of %(months)s months. Choose another product.")
    field = "lot"


class AboveLabelAge(Doubt):
    """Saudi Arabia's text of 2020 calls conjugates safe and effective above the label's age: asked, not refused."""

    sentence = N_("The label of %(product)s ends at the age of %(years)s years. Give it only if the doctor agrees.")
    field = "lot"


class OtherSeason(Doubt):
    sentence = N_("This lot was made for the season %(lot_season)s, not %(season)s. Check the box before you use it.")
    field = "lot"


@dataclass(frozen=True)
class Held:
    """The hold that keeps a lot from being used, and since when one did without a break, and the day of that."""

    kind: HoldKind
    reason: str
    by: str
    since: datetime
    day: date
    day_ends: datetime


def lot_faults(
    lot: Lot,
    product: Product,
    held: Held | None,
    *,
    on: date,
    birth_on: date,
    antigen_code: str,
    season_code: str | None,
    present: Collection[datetime] = (),
) -> Iterator[Refusal]:
    """What speaks against giving this lot on the day it was given: a late entry is judged by that day, not by today.

    `season_code` is the season that the campaign asks for. `present`: as `is_later`.
    """
    name = product.latin_name
    if product.antigen_code != antigen_code:
        yield ProductMismatch(product=name)
    if not is_available(product, on=on):
        yield ProductNotAvailable(product=name)
    if held is not None:
        yield hold_fault(lot, held, on=on, present=present)
    if lot.expires_on < on:
        yield LotExpired(expires_on=lot.expires_on)
    if product.age_min_months and not has_reached(birth_on, product.age_min_months, on=on):
        yield TooYoung(product=name, months=product.age_min_months)
    # A label "to 55 years" includes the year before the 56th birthday.
    if product.age_max_years and has_reached(birth_on, 12 * (product.age_max_years + 1), on=on):
        yield AboveLabelAge(product=name, years=product.age_max_years)
    if season_code and lot.season_code and lot.season_code != season_code:
        yield OtherSeason(lot_season=lot.season_code, season=season_code)


def is_later(held: Held, *, on: date, present: Collection[datetime]) -> bool:
    """Whether a dose of a day was surely given after the hold. `present`: when was recorded what came before it."""
    # What was copied from paper on a later day tells no hour.
    return on > held.day or (on == held.day and any(held.since < at < held.day_ends for at in present))


def hold_fault(lot: Lot, held: Held, *, on: date, present: Collection[datetime] = ()) -> LotOnHold | HeldMeanwhile:
    """What a hold says about a dose of a day. One given before is not refused: that would name another lot for it."""
    refusal = LotOnHold if is_later(held, on=on, present=present) else HeldMeanwhile
    return refusal(lot=lot.number, since=held.since, kind=held.kind, by=held.by, reason=held.reason)


def is_available(product: Product, *, on: date) -> bool:
    """True while the product may be given here at all."""
    begun = product.available_from is None or product.available_from <= on
    ended = product.available_until is not None and product.available_until < on
    return product.usable and begun and not ended


def is_held(hold: LotHold | None) -> TypeGuard[LotHold]:
    """True while the latest hold keeps the lot from being used."""
    return hold is not None and hold.kind is not HoldKind.RELEASE


class LotNumberMissing(Refusal):
    sentence = N_("Write the lot number as it is printed on the box.")
    field = "number"


class LotNumberTooLong(Refusal):
    sentence = N_("A lot number has at most %(longest)s characters. Write only the lot number, as on the box.")
    field = "number"


class LotNumberWithWord(Refusal):
    sentence = N_("Write only the lot number itself: no word such as “lot” or “серия”, no №, no space.")
    field = "number"


class SeveralLots(Refusal):
    sentence = N_("This looks like several lot numbers. Receive each lot by itself.")
    field = "number"


class LotNumberShort(Doubt):
    sentence = N_("Lot numbers rarely have fewer than %(shortest)s characters. Compare it with the box.")
    field = "number"


class ReceivedExpired(Refusal):
    sentence = N_("This lot expired on %(expires_on)s. Do not take it into the stock: set it apart and report it.")
    field = "expires_on"


class ExpiresLate(Doubt):
    sentence = N_("Hardly any vaccine keeps until %(expires_on)s. Compare the date with the box.")
    field = "expires_on"


class LotDiffers(Refusal):
    sentence = N_(
        "Lot %(number)s is already known with the expiry date %(expires_on)s and the season “%(season)s”. "
        "Compare both with the box; one lot has one of each."
    )
    field = "expires_on"


class LotExists(Refusal):
    sentence = N_(
        "Lot %(number)s of this vaccine is in the stock already, as a lot of its own. Correct each dose that came from "
        "it instead, on the page of its pilgrim."
    )
    field = "number"


class LotOfAnotherVaccine(Refusal):
    sentence = N_("%(product)s is a vaccine against something else. Choose the vaccine that is named on the box.")
    field = "product"


class SeasonMissing(Refusal):
    sentence = N_("Write the season that is printed on the box, for example %(season)s.")
    field = "season"


class NoDoses(Refusal):
    sentence = N_("Write how many doses arrived: at least one.")
    field = "doses"


class NotWholeContainers(Doubt):
    sentence = N_("One container holds %(doses)s doses, so whole containers do not make this number. Count again.")
    field = "doses"


class HoldReasonMissing(Refusal):
    sentence = N_("Write the reason: whoever finds the lot on hold must know why.")
    field = "reason"


class RecallStands(Refusal):
    sentence = N_("This lot was recalled. Only the regional immunologist can release it; ask there.")
    field = "kind"


class NothingToRelease(Refusal):
    sentence = N_("This lot is not on hold, so there is nothing to release.")
    field = "kind"


def normalise_number(text: str) -> str:
    """Without the spaces around it, no-break spaces included; capital letters, as boxes print them."""
    return text.strip().upper()


def delivery_faults(
    number: str,
    *,
    product: Product,
    expires_on: date,
    season_code: str | None,
    expected_season: str | None,
    doses: int,
    on: date,
) -> Iterator[Refusal]:
    """What speaks against taking these doses into the stock. `expected_season`: set where the vaccine is seasonal."""
    yield from _number_faults(number)
    if not is_available(product, on=on):
        yield ProductNotAvailable(product=product.latin_name, field="product")
    if expires_on < on:
        yield ReceivedExpired(expires_on=expires_on)
    elif expires_on > add_months(on, LONGEST_SHELF_LIFE_MONTHS):
        yield ExpiresLate(expires_on=expires_on)
    if expected_season and not season_code:
        yield SeasonMissing(season=expected_season)
    if doses < 1:
        yield NoDoses()
    elif doses % product.doses_per_container:
        yield NotWholeContainers(doses=product.doses_per_container)


def correction_faults(
    number: str, *, old: Product, new: Product, season_code: str | None, expected_season: str | None
) -> Iterator[Refusal]:
    """What speaks against describing a lot so. Nothing is asked of its expiry: a correction comes when it comes."""
    yield from _number_faults(number)
    if new.antigen_code != old.antigen_code:
        yield LotOfAnotherVaccine(product=new.latin_name)
    if expected_season and not season_code:
        yield SeasonMissing(season=expected_season, field="season")


def _number_faults(number: str) -> Iterator[Refusal]:
    if not number:
        yield LotNumberMissing()
    elif _SEVERAL.search(number):
        yield SeveralLots()
    elif _WORD.search(number):
        yield LotNumberWithWord()
    elif len(number) > LONGEST_NUMBER:
        yield LotNumberTooLong(longest=LONGEST_NUMBER)
    elif len(number) < SHORTEST_NUMBER:
        yield LotNumberShort(shortest=SHORTEST_NUMBER)


def fitting(offered: Sequence[Sequence[str]], every: Sequence[str]) -> list[str]:
    """What any of the products allows, in the first one's order; a product that says nothing allows everything."""
    if any(not values for values in offered):
        return list(every)
    return list(dict.fromkeys(value for values in offered for value in values))
