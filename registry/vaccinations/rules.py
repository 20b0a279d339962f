"""When a dose may be recorded, when it may not, and what it adds to the counters."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from registry.campaigns.models import Campaign, Requirement, Validity
from registry.campaigns.rules import Evaluation, covers
from registry.errors import N_, Doubt, Refusal
from registry.examinations.models import Examination
from registry.examinations.rules import usability_faults
from registry.tallies.models import Measure
from registry.vaccinations.models import Dose, DoseDetails, NotGivenReason
from registry.vaccines.models import Lot, Product
from registry.vaccines.rules import Held, lot_faults

BACK_ENTRY_DAYS = 2
USUAL_DOSES = 3
MIN_REASON = 3
USUAL_VOLUME_ML = Decimal("0.5")  # where the data of a product says nothing


class DoseInFuture(Refusal):
    sentence = N_("The day of the dose is in the future. Write the day on which it was given.")
    field = "given_on"


class DoseBeforeBirth(Refusal):
    sentence = N_("The pilgrim was born on %(birth_on)s, after the day of the dose. Check both dates.")
    field = "given_on"


class DoseLongAgo(Doubt):
    sentence = N_(
        "This dose was given on %(given_on)s, more than two days ago. Confirm that it was given at this point; "
        "a dose given elsewhere is not recorded here."
    )
    field = "given_on"


class DoseAlreadyRecorded(Refusal):
    """`at` is when, `by` the name of who recorded it."""

    sentence = N_("Already recorded at %(at)s by %(by)s. Do not give it again; open the pilgrim's page to see it.")
    field = "lot"


class DoseChangedMeanwhile(Refusal):
    sentence = N_("This dose was corrected or withdrawn meanwhile. Open the pilgrim's page to see how it stands.")


class DoseStillCounts(Refusal):
    sentence = N_(
        "The dose of %(given_on)s still counts, so a new one is not needed. If a doctor ordered it, write the reason."
    )
    field = "override_reason"


class DoseOfThisSeason(Refusal):
    sentence = N_("A dose of this season was given on %(given_on)s. Do not give a second one.")
    field = "lot"


class ManyDoses(Doubt):
    sentence = N_(
        "This would be dose number %(number)s of the pilgrim in this campaign. Check that it is the right person."
    )
    field = "lot"


class RouteUnfit(Refusal):
    sentence = N_("%(product)s is not given this way. Choose one of the ways its leaflet allows.")
    field = "route"


class SiteUnfit(Refusal):
    sentence = N_("%(product)s is not given there. Choose one of the places its leaflet allows.")
    field = "site"


class VolumeUnfit(Refusal):
    sentence = N_("One dose of %(product)s is %(volume)s ml. Record that volume.")
    field = "volume_ml"


class VaccinatorUnknown(Refusal):
    sentence = N_("This person may not vaccinate here on that day. Choose who gave the dose.")
    field = "given_by"


class PointNotInCampaign(Refusal):
    sentence = N_("This vaccination point takes no part in the campaign. Choose your point.")
    field = "point"


class ReasonNeedsNote(Refusal):
    sentence = N_("Write in a few words why the dose was not given.")
    field = "note"


def dose_faults(
    details: DoseDetails,
    examination: Examination | None,
    lot: Lot,
    product: Product,
    held: Held | None,
    *,
    of_another: bool,
    birth_on: date,
    season_code: str | None,
    campaign: Campaign,
    today: date,
    present: Collection[datetime],
) -> Iterator[Refusal]:
    """What a dose must satisfy whether it is new or corrected: its day, the examination, the lot, the way it is given.

    `season_code` is the season that the campaign asks for. `today` as in `date_faults`,
    `of_another` as in `usability_faults`, `present` as `moments_before` tells.
    """
    on, antigen_code = details.given_on, details.antigen_code
    yield from date_faults(on, today=today, birth_on=birth_on)
    valid_days = campaign.examination_valid_days
    yield from usability_faults(
        examination, of_another=of_another, on=on, valid_days=valid_days, antigen_code=antigen_code
    )
    yield from lot_faults(
        lot,
        product,
        held,
        on=on,
        birth_on=birth_on,
        antigen_code=antigen_code,
        season_code=season_code,
        present=present,
    )
    yield from way_faults(details, product)


def moments_before(
    examination: Examination | None, *, registered_at: datetime, recorded_at: datetime
) -> list[datetime]:
    """When the registration and the examination were recorded that a dose recorded at `recorded_at` came after."""
    moments = [registered_at, *([examination.recorded_at] if examination else [])]
    return [moment for moment in moments if moment <= recorded_at]


def date_faults(given_on: date, *, today: date, birth_on: date) -> Iterator[Refusal]:
    """Q2, Q3, Q14. `today` allows for a clock that is a little off."""
    if given_on > today:
        yield DoseInFuture()
    if given_on < birth_on:
        yield DoseBeforeBirth(birth_on=birth_on)
    elif today - given_on > timedelta(days=BACK_ENTRY_DAYS):
        yield DoseLongAgo(given_on=given_on)


def way_faults(details: DoseDetails, product: Product) -> Iterator[Refusal]:
    """Q12, Q13: only a route, a site and a volume that fit the product. An empty list in the data forbids nothing."""
    if product.routes and details.route not in product.routes:
        yield RouteUnfit(product=product.trade_name)
    if product.sites and details.site not in product.sites:
        yield SiteUnfit(product=product.trade_name)
    if product.dose_ml is not None and details.volume_ml != product.dose_ml:
        yield VolumeUnfit(product=product.trade_name, volume=product.dose_ml)


def repeat_faults(
    requirement: Requirement, earlier: Evaluation, *, given_on: date | None, override_reason: str
) -> Iterator[Refusal]:
    """Q15: a dose that still counts is a stop; a written reason passes it, except within one season.

    `earlier` is the evaluation of the doses on record, `given_on` the day of the dose it rests on.
    """
    if not covers(earlier):
        return
    if requirement.validity is Validity.SEASON:
        yield DoseOfThisSeason(given_on=given_on)
    elif len(override_reason.strip()) < MIN_REASON:
        yield DoseStillCounts(given_on=given_on)


def number_faults(number_in_campaign: int) -> Iterator[Refusal]:
    """Q16: more doses in a campaign than two vaccines and a repeat explain."""
    if number_in_campaign > USUAL_DOSES:
        yield ManyDoses(number=number_in_campaign)


def not_given_faults(reason: NotGivenReason, note: str) -> Iterator[Refusal]:
    """Q22: a reason is always there; "another reason" says which."""
    if reason is NotGivenReason.OTHER and not note.strip():
        yield ReasonNeedsNote()


class Count(NamedTuple):
    """The key of one counter that a pilgrim's doses add to."""

    measure: Measure
    antigen_code: str
    region_code: str
    point_code: str
    day: date


def contribution(doses: Sequence[Dose], *, region_code: str, mandatory: Collection[str]) -> Counter[Count]:
    """What one pilgrim's live doses in a campaign add to the counters.

    Each antigen counts once, with its first dose; COMPLETE counts where and when the last missing antigen was given.
    """
    firsts: dict[str, Dose] = {}
    for dose in sorted(doses, key=lambda dose: (dose.given_on, dose.number, dose.id)):
        firsts.setdefault(dose.antigen_code, dose)
    counted = Counter(
        Count(Measure.VACCINATED, antigen, region_code, dose.point_code, dose.given_on)
        for antigen, dose in firsts.items()
    )
    if mandatory and firsts.keys() >= set(mandatory):
        last = max((firsts[antigen] for antigen in mandatory), key=lambda dose: (dose.given_on, dose.antigen_code))
        counted[Count(Measure.COMPLETE, "", region_code, last.point_code, last.given_on)] += 1
    return counted
