"""What happens to synthetic people in a campaign: who comes where, when, is found fit, and takes which vaccines."""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from registry import clock
from registry.campaigns.models import Campaign, VaccinationPoint
from registry.commands.synthetic import MOST, SyntheticPilgrim, TooManySynthetic, synthetic_pilgrims
from registry.examinations import queries as examinations
from registry.examinations.models import ExaminationDetails, Outcome
from registry.staff.models import Staff
from registry.vaccinations.models import DoseDetails
from registry.vaccines.models import Lot, Product, Route, Site

OPENS, CLOSES = time(8), time(17, 30)
DEFERRED, REFUSES_ONE, STAYS_AWAY = 0.02, 0.01, 0.03
SITES = {0: Site.LEFT_UPPER_ARM, 1: Site.RIGHT_UPPER_ARM}
TO_THE_DOCTOR, TO_THE_VACCINATOR = timedelta(minutes=10), timedelta(minutes=25)


@dataclass(frozen=True)
class Point:
    """A vaccination point with the people who work at it, the regions it serves, and a lot of each vaccine."""

    place: VaccinationPoint
    regions: Sequence[str]
    doctor: Staff
    vaccinator: Staff
    lots: Mapping[str, tuple[Lot, Product]]  # by antigen
    _doses: dict[tuple[str, date], DoseDetails] = field(default_factory=dict, compare=False, repr=False)

    def dose(self, antigen: str, *, on: date) -> DoseDetails:
        """The same for everybody who comes on a day: the first vaccine into the left arm, the second into the right."""
        if (antigen, on) not in self._doses:
            lot, product = self.lots[antigen]
            self._doses[antigen, on] = DoseDetails(
                antigen_code=antigen,
                product_code=product.code,
                lot_id=lot.id,
                given_on=on,
                route=Route(product.routes[0]),
                site=SITES.get(list(self.lots).index(antigen), Site.LEFT_UPPER_ARM),
                volume_ml=product.dose_ml or Decimal("0.5"),
            )
        return self._doses[antigen, on]


@dataclass(frozen=True)
class Story:
    """One person's way through the campaign at one point. No examination: they stay away after the registration."""

    person: SyntheticPilgrim
    point: Point
    at: datetime
    examination: ExaminationDetails | None = None
    doses: Sequence[DoseDetails] = ()
    refused: Sequence[str] = ()

    @cached_property
    def examined_at(self) -> datetime:
        return self.at + TO_THE_DOCTOR

    @cached_property
    def vaccinated_at(self) -> datetime:
        return self.at + TO_THE_VACCINATOR


@dataclass(frozen=True)
class Cohort:
    """So many people of a seed, whose numbers follow `after`; the share `finished` goes on to the examination."""

    pilgrims: int
    seed: int
    after: int = 0
    finished: float = 1.0

    def __post_init__(self) -> None:
        if self.after + self.pilgrims > MOST:
            raise TooManySynthetic

    def stories(
        self, campaign: Campaign, points: Sequence[Point], *, at: Collection[str] | None = None
    ) -> Iterator[Story]:
        """In the order of the campaign's days, as the log will have them. `at`: only those at points of these codes.

        Everybody has a chance of their own, so that a story is the same whoever else is told of.
        """
        regions = sorted({region for point in points for region in point.regions})
        serving = {region: [point for point in points if region in point.regions] for region in regions}
        days = (campaign.ends_on - campaign.starts_on).days + 1
        for number, person in enumerate(synthetic_pilgrims(self.pilgrims, self.seed, regions, after=self.after)):
            chance = random.Random(self.seed * MOST + self.after + number)  # noqa: S311 - a story, not a secret
            point = chance.choice(serving[person.region_code])
            if at is not None and point.place.code not in at:
                continue
            moment = _moment_of(campaign.starts_on + timedelta(days=number * days // self.pilgrims), campaign, chance)
            stays_away = number >= self.pilgrims * self.finished or chance.random() < STAYS_AWAY
            yield Story(person, point, moment) if stays_away else _examined(person, point, moment, campaign, chance)


def _moment_of(day: date, campaign: Campaign, chance: random.Random) -> datetime:
    """Some minute of the opening hours."""
    zone = ZoneInfo(campaign.timezone)
    opens, closes = (datetime.combine(day, clock_time, zone) for clock_time in (OPENS, CLOSES))
    minutes = int((closes - opens).total_seconds() // 60)
    return (opens + timedelta(minutes=chance.randint(0, minutes))).astimezone(UTC)


def _examined(person: SyntheticPilgrim, point: Point, at: datetime, campaign: Campaign, chance: random.Random) -> Story:
    today = clock.local_date(at, campaign.timezone)
    questions = examinations.list_questions_for(person.sex, person.birth_on, campaign)
    deferred = chance.random() < DEFERRED
    examination = ExaminationDetails(
        examined_on=today,
        consent=True,
        answers={question.code: False for question in questions},
        conditions={condition["code"]: False for condition in campaign.barring_conditions},
        temperature_c=Decimal("38.2" if deferred else "36.6"),
        systolic=chance.randint(110, 150),
        diastolic=chance.randint(65, 90),
        pulse=chance.randint(60, 90),
        outcome=Outcome.DEFERRED if deferred else Outcome.FIT,
        deferred_until=today + timedelta(days=7) if deferred else None,
    )
    if deferred:
        return Story(person, point, at, examination)
    antigens = list(point.lots)
    refused = [antigens.pop()] if chance.random() < REFUSES_ONE else []
    doses = [point.dose(antigen, on=today) for antigen in antigens]
    return Story(person, point, at, examination, doses, refused)
