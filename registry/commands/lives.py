"""Synthetic lives as the rooms would have recorded them: the same rules and the same rows, thousands at a time.

What a service reads for one person (campaign, requirements, lots, who may vaccinate) is read once for all. A test
compares these lives, row for row, with the same ones recorded by the services.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import chain

from sqlmodel import Session

from registry import clock
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Antigen, Campaign, Requirement
from registry.campaigns.rules import GivenDose, evaluate
from registry.certificates import rules as certificate_rules
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate, CertificateHandle
from registry.certificates.queries import Assessment
from registry.certificates.rules import PrintedDose
from registry.commands.batch import Batch
from registry.commands.cohort import Story
from registry.errors import Doubt, Refusal, Refusals
from registry.examinations import queries as examinations
from registry.examinations import rows as examination_rows
from registry.examinations import rules as examination_rules
from registry.examinations.models import Examination
from registry.examinations.services import CLOCK_SKEW, sight_ends
from registry.immunization_log.models import Kind
from registry.model import for_reading, from_row, new_id
from registry.pilgrims import rows as pilgrim_rows
from registry.pilgrims import rules as pilgrim_rules
from registry.pilgrims.models import AccessGrant, Pilgrim, PilgrimIdentifier, PilgrimSearchKey, Registration
from registry.pilgrims.rows import RegistrationDetails
from registry.room import rules as room_rules
from registry.tallies.models import Measure
from registry.vaccinations import queries as vaccinations
from registry.vaccinations import rows as vaccination_rows
from registry.vaccinations import rules as vaccination_rules
from registry.vaccinations.models import Dose, DoseDetails, DoseNotGiven, NotGivenReason
from registry.vaccinations.rules import Count
from registry.vaccines import queries as vaccines
from registry.vaccines.rules import Held


def stop(faults: Iterable[Refusal]) -> None:
    """Doubts are confirmed, as by a person who has looked at each; a real refusal stands."""
    if standing := [fault for fault in faults if not isinstance(fault, Doubt)]:
        raise Refusals(standing)


@dataclass(frozen=True)
class Lives:
    """Turns stories into rows of a batch. Made anew for each: what it has read stays true within its transaction."""

    session: Session
    campaign: Campaign
    issuer: Issuer
    batch: Batch
    _faults_of_places: dict[tuple[str, date], list[Refusal]] = field(default_factory=dict)
    _held: dict[uuid.UUID, Held | None] = field(default_factory=dict)

    @cached_property
    def requirements(self) -> Sequence[Requirement]:
        return list(map(for_reading, campaigns.list_requirements(self.session, self.campaign.code)))

    @cached_property
    def antigens(self) -> dict[str, Antigen]:
        listed = map(for_reading, campaigns.list_antigens(self.session, self.campaign.code))
        return {antigen.code: antigen for antigen in listed}

    @cached_property
    def _seasons(self) -> dict[str, str | None]:
        return {requirement.antigen_code: requirement.season_code for requirement in self.requirements}

    def live(self, story: Story) -> Iterator[str]:
        """The stages of the campaign that the person reaches."""
        pilgrim, registration = self._register(story)
        yield "registered"
        if story.examination is None:
            return
        examination = self._examine(story, pilgrim, registration)
        yield "examined"
        if not (story.doses or story.refused):
            return
        doses = self._vaccinate(story, pilgrim, registration, examination)
        yield "vaccinated"
        if self._certify(story, pilgrim, registration, doses):
            yield "certified"

    def _register(self, story: Story) -> tuple[Pilgrim, Registration]:
        at, by, point = story.at, story.point.vaccinator.id, story.point.place.code
        details, today = pilgrim_rules.normalise(story.person.details), clock.local_date(at, self.campaign.timezone)
        faults = pilgrim_rules.details_faults(details, on=today)
        stop(chain(faults, pilgrim_rules.campaign_faults(details, self.campaign)))
        region = story.person.region_code
        place = RegistrationDetails(region_code=region, arrival_on=story.person.arrival_on, point_code=point)
        person = pilgrim_rows.pilgrim_row(new_id(), details, by=by, at=at)
        registered = pilgrim_rows.registration_row(person["id"], place, campaign=self.campaign, by=by, at=at)
        self.batch.add(Pilgrim, person)
        self.batch.add(PilgrimIdentifier, *pilgrim_rows.identifier_rows(person["id"], details))
        self.batch.add(PilgrimSearchKey, *pilgrim_rows.search_key_rows(person["id"], details))
        self.batch.add(Registration, registered)
        self.batch.counts[Count(Measure.REGISTERED, "", region, point, today)] += 1
        self.batch.note(Action.REGISTERED, by=by, at=at, pilgrim=person["id"], region=region)
        return from_row(Pilgrim, person), from_row(Registration, registered)

    def _examine(self, story: Story, pilgrim: Pilgrim, registration: Registration) -> Examination:
        at, by, point = story.examined_at, story.point.doctor.id, story.point.place.code
        assert story.examination is not None  # noqa: S101 - who was not examined does not come so far
        today = clock.local_date(at + CLOCK_SKEW, self.campaign.timezone)
        questions = examinations.list_questions_for(pilgrim.sex, pilgrim.birth_on, self.campaign)
        stop(
            examination_rules.exam_faults(
                story.examination, questions=questions, today=today, birth_on=pilgrim.birth_on
            )
        )
        row = examination_rows.examination_row(
            pilgrim, story.examination, id=new_id(), campaign=self.campaign, point_code=point, by=by, at=at
        )
        self.batch.add(Examination, row)
        day, region = story.examination.examined_on, registration.region_code
        self.batch.counts[Count(Measure.EXAMINED, "", region, point, day)] += 1
        self._keep_in_sight(pilgrim, by=by, at=at)
        self.batch.note(Action.EXAMINED, by=by, at=at, pilgrim=pilgrim.id, point=point)
        return from_row(Examination, row)

    def _keep_in_sight(self, pilgrim: Pilgrim, *, by: uuid.UUID, at: datetime) -> None:
        until = sight_ends(self.campaign, at=at)
        self.batch.add(AccessGrant, {"staff_id": by, "pilgrim_id": pilgrim.id, "until": until})

    def _vaccinate(
        self, story: Story, pilgrim: Pilgrim, registration: Registration, examination: Examination
    ) -> list[Dose]:
        """Both vaccines in one visit. Nobody here had a dose before, so nothing can be repeated."""
        visit_id, by, at = new_id(), story.point.vaccinator.id, story.vaccinated_at
        decisions = len(story.doses) + len(story.refused)
        stop(room_rules.visit_faults(story.doses, identity_checked=True, decisions=decisions))
        doses = [self._give(story, details, pilgrim, examination, visit_id=visit_id) for details in story.doses]
        for antigen in story.refused:
            self._leave_out(story, antigen, pilgrim, visit_id=visit_id)
        self.batch.counts.update(
            vaccination_rules.contribution(doses, region_code=registration.region_code, mandatory=self.antigens)
        )
        self._keep_in_sight(pilgrim, by=by, at=at)
        return doses

    def _give(
        self, story: Story, details: DoseDetails, pilgrim: Pilgrim, examination: Examination, *, visit_id: uuid.UUID
    ) -> Dose:
        by, at, point = story.point.vaccinator.id, story.vaccinated_at, story.point.place.code
        stop(self._dose_faults(story, details, pilgrim, examination))
        row = vaccination_rows.dose_row(
            details,
            examination,
            id=new_id(),
            visit_id=visit_id,
            campaign=self.campaign,
            point_code=point,
            number=1,
            given_by=by,
            by=by,
            at=at,
        )
        self.batch.add(Dose, row)
        self.batch.take_dose(point, details.lot_id, by=by, at=at)
        antigen = details.antigen_code
        self.batch.note(Action.VACCINATED, by=by, at=at, pilgrim=pilgrim.id, antigen=antigen, point=point)
        dose = from_row(Dose, row)
        self.batch.log(Kind.DOSE, dose, stream=point, at=at)
        return dose

    def _dose_faults(
        self, story: Story, details: DoseDetails, pilgrim: Pilgrim, examination: Examination
    ) -> Iterator[Refusal]:
        lot, product = story.point.lots[details.antigen_code]
        yield from vaccination_rules.dose_faults(
            details,
            examination,
            lot,
            product,
            self._held_of(lot.id),
            of_another=False,  # nobody corrects the record of a synthetic pilgrim
            birth_on=pilgrim.birth_on,
            season_code=self._seasons.get(details.antigen_code),
            campaign=self.campaign,
            today=clock.local_date(story.vaccinated_at + CLOCK_SKEW, self.campaign.timezone),
            present=vaccination_rules.moments_before(
                examination, registered_at=pilgrim.registered_at, recorded_at=story.vaccinated_at
            ),
        )
        yield from self._place_faults(story, details)

    def _held_of(self, lot_id: uuid.UUID) -> Held | None:
        if lot_id not in self._held:
            self._held[lot_id] = vaccines.find_held(self.session, lot_id, timezone=self.campaign.timezone)
        return self._held[lot_id]

    def _place_faults(self, story: Story, details: DoseDetails) -> Sequence[Refusal]:
        place = story.point.place.code, details.given_on
        if place not in self._faults_of_places:
            self._faults_of_places[place] = list(
                vaccinations.list_place_faults(
                    self.session,
                    details,
                    campaign=self.campaign,
                    point_code=story.point.place.code,
                    given_by=story.point.vaccinator.id,
                )
            )
        return self._faults_of_places[place]

    def _leave_out(self, story: Story, antigen: str, pilgrim: Pilgrim, *, visit_id: uuid.UUID) -> None:
        by, at, point, reason = (
            story.point.vaccinator.id,
            story.vaccinated_at,
            story.point.place.code,
            NotGivenReason.REFUSED,
        )
        stop(vaccination_rules.not_given_faults(reason, ""))
        row = vaccination_rows.not_given_row(
            pilgrim,
            antigen_code=antigen,
            reason=reason,
            note="",
            id=new_id(),
            visit_id=visit_id,
            campaign=self.campaign,
            point_code=point,
            by=by,
            at=at,
        )
        self.batch.add(DoseNotGiven, row)
        self.batch.note(Action.NOT_GIVEN, by=by, at=at, pilgrim=pilgrim.id, antigen=antigen, reason=reason.value)
        self.batch.log(Kind.NOT_GIVEN, from_row(DoseNotGiven, row), stream=point, at=at)

    def _certify(self, story: Story, pilgrim: Pilgrim, registration: Registration, doses: Sequence[Dose]) -> bool:
        assessment = self._assess(story, pilgrim, registration, doses)
        if not assessment.covered:
            return False
        by, at = story.point.vaccinator.id, story.vaccinated_at
        facts = certificates.facts_of(pilgrim, self.campaign, assessment, self.issuer)
        row = certificates.certificate_row(
            pilgrim, facts, assessment, 1, replaces=None, campaign=self.campaign, issuer=self.issuer, by=by, at=at
        )
        certificate = from_row(Certificate, row)
        self.batch.add(Certificate, row)
        self.batch.add(CertificateHandle, *certificates.handle_rows(certificate))
        point, today = certificate_rules.newest_point(facts), clock.local_date(at, self.campaign.timezone)
        self.batch.log(Kind.CERTIFICATE_ISSUED, certificate, stream=point, at=at)
        self.batch.note(
            Action.CERTIFICATE_ISSUED, by=by, at=at, pilgrim=pilgrim.id, certificate=str(certificate.id), number=1
        )
        self.batch.counts[Count(Measure.CERTIFIED, "", registration.region_code, point, today)] += 1
        return True

    def _assess(self, story: Story, pilgrim: Pilgrim, registration: Registration, doses: Sequence[Dose]) -> Assessment:
        lots, arrival_on = story.point.lots, vaccinations.arrival_of(registration, self.campaign)
        given = [
            GivenDose(dose.id, dose.antigen_code, lots[dose.antigen_code][1].vaccine_type, dose.given_on)
            for dose in doses
        ]
        evaluations = tuple(
            evaluate(requirement, given, arrival_on=arrival_on, birth_on=pilgrim.birth_on)
            for requirement in self.requirements
        )
        shown = certificate_rules.shown_doses(evaluations, doses)
        return Assessment(
            registration, arrival_on, evaluations, tuple(self._printed(story, dose, *window) for dose, window in shown)
        )

    def _printed(self, story: Story, dose: Dose, first: date, last: date | None) -> PrintedDose:
        lot, product = story.point.lots[dose.antigen_code]
        antigen, place, vaccinator = self.antigens[dose.antigen_code], story.point.place, story.point.vaccinator
        return PrintedDose(dose, product, lot, antigen, place, vaccinator, first, last)
