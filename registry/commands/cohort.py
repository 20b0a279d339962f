"""One synthetic person's way through a campaign: registered, examined, vaccinated, certified."""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates.keys import Issuer
from registry.commands.synthetic import SyntheticPilgrim
from registry.errors import Doubt, Refusal
from registry.examinations import queries as examinations
from registry.examinations import services as examination_services
from registry.examinations.models import ExaminationDetails, Outcome
from registry.model import new_id
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Pilgrim
from registry.pilgrims.services import RegistrationDetails
from registry.room.services import Given, NotGiven, Visit, record_visit
from registry.staff.models import Staff
from registry.vaccinations.models import DoseDetails, NotGivenReason
from registry.vaccines import queries as vaccine_queries
from registry.vaccines.models import Route, Site

T = TypeVar("T")
OPENS, CLOSES = time(8), time(17, 30)
DEFERRED, REFUSES_ONE, STAYS_AWAY = 0.02, 0.01, 0.03
SITES = {0: Site.LEFT_UPPER_ARM, 1: Site.RIGHT_UPPER_ARM}


@dataclass(frozen=True)
class Point:
    """A vaccination point with the people who work at it and the regions it serves."""

    code: str
    regions: Sequence[str]
    doctor: Staff
    vaccinator: Staff


def confirming(act: Callable[[Collection[str]], T]) -> T:
    """Do it as a person would who has checked every doubt; a real refusal stands."""
    confirmed: set[str] = set()
    while True:
        try:
            return act(confirmed)
        except Refusal as refusal:
            doubts = {one.code for one in refusal.all if isinstance(one, Doubt)} - confirmed
            if not doubts:
                raise
            confirmed |= doubts


@dataclass(frozen=True)
class Life:
    """One person's way through the campaign at one point."""

    session: Session
    campaign: Campaign
    point: Point
    issuer: Issuer
    chance: random.Random

    def go(self, person: SyntheticPilgrim, *, stops_early: bool) -> Iterable[str]:
        at = self._moment()
        pilgrim = self._register(person, at=at)
        yield "registered"
        if stops_early or self.chance.random() < STAYS_AWAY:
            return
        fit = self._examine(pilgrim, at=at + timedelta(minutes=10))
        yield "examined"
        if not fit:
            return
        visit = self._vaccinate(pilgrim, at=at + timedelta(minutes=25))
        yield "vaccinated"
        if visit:
            yield "certified"

    def _moment(self) -> datetime:
        """Some minute of opening hours on one of the campaign's days."""
        days = (self.campaign.ends_on - self.campaign.starts_on).days
        day = self.campaign.starts_on + timedelta(days=self.chance.randint(0, days))
        zone = ZoneInfo(self.campaign.timezone)
        opens, closes = (datetime.combine(day, clock_time, zone) for clock_time in (OPENS, CLOSES))
        minutes = int((closes - opens).total_seconds() // 60)
        return (opens + timedelta(minutes=self.chance.randint(0, minutes))).astimezone(UTC)

    def _register(self, person: SyntheticPilgrim, *, at: datetime) -> Pilgrim:
        place = RegistrationDetails(
            region_code=person.region_code, arrival_on=person.arrival_on, point_code=self.point.code
        )
        return confirming(
            lambda confirmed: pilgrims.register_pilgrim(
                self.session,
                person.details,
                place,
                id=new_id(),
                campaign=self.campaign,
                by=self.point.vaccinator.id,
                at=at,
                confirmed=confirmed,
            )
        )

    def _examine(self, pilgrim: Pilgrim, *, at: datetime) -> bool:
        today = clock.local_date(at, self.campaign.timezone)
        deferred = self.chance.random() < DEFERRED
        details = ExaminationDetails(
            examined_on=today,
            consent=True,
            answers={question.code: False for question in examinations.list_questions()},
            conditions={condition["code"]: False for condition in self.campaign.barring_conditions},
            temperature_c=Decimal("38.2" if deferred else "36.6"),
            systolic=self.chance.randint(110, 150),
            diastolic=self.chance.randint(65, 90),
            pulse=self.chance.randint(60, 90),
            outcome=Outcome.DEFERRED if deferred else Outcome.FIT,
            deferred_until=today + timedelta(days=7) if deferred else None,
        )
        confirming(
            lambda confirmed: examination_services.record_examination(
                self.session,
                pilgrim,
                details,
                id=new_id(),
                campaign=self.campaign,
                point_code=self.point.code,
                by=self.point.doctor.id,
                at=at,
                confirmed=confirmed,
            )
        )
        return not deferred

    def _vaccinate(self, pilgrim: Pilgrim, *, at: datetime) -> bool:
        """Both vaccines in one visit; True when a certificate followed."""
        antigens = [antigen.code for antigen in campaigns.list_antigens(self.session, self.campaign.code)]
        refused = antigens.pop() if self.chance.random() < REFUSES_ONE else None
        visit = Visit(
            given_by=self.point.vaccinator.id,
            identity_checked=True,
            doses=[Given(self._dose(antigen, place, at=at)) for place, antigen in enumerate(antigens)],
            not_given=[NotGiven(refused, NotGivenReason.REFUSED)] if refused else [],
        )
        result = confirming(
            lambda confirmed: record_visit(
                self.session,
                pilgrim,
                visit,
                id=new_id(),
                campaign=self.campaign,
                point_code=self.point.code,
                issuer=self.issuer,
                by=self.point.vaccinator.id,
                at=at,
                confirmed=confirmed,
            )
        )
        return result.certificate is not None

    def _dose(self, antigen: str, place: int, *, at: datetime) -> DoseDetails:
        today = clock.local_date(at, self.campaign.timezone)
        usable = vaccine_queries.list_usable_lots(
            self.session, point_code=self.point.code, antigen_code=antigen, on=today
        )[0]
        return DoseDetails(
            antigen_code=antigen,
            product_code=usable.product.code,
            lot_id=usable.lot.id,
            given_on=today,
            route=Route(usable.product.routes[0]),
            site=SITES.get(place, Site.LEFT_UPPER_ARM),
            volume_ml=usable.product.dose_ml or Decimal("0.5"),
        )
