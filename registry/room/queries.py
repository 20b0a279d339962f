"""Everything the page of one pilgrim shows."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlmodel import Session, col, select

from registry import clock
from registry.campaigns.models import Campaign
from registry.certificates import queries as certificates
from registry.certificates.queries import Assessment
from registry.corrections import queries as corrections
from registry.errors import Refusal
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.examinations.queries import Findings
from registry.examinations.rules import usability_faults
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.histories import is_number_held, list_states, was_another, was_unregistered
from registry.pilgrims.models import Correction, Pilgrim, Registration
from registry.room import rules
from registry.room.papers import Papers, read_papers
from registry.room.rules import Decided, Position, Step
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose, DoseNotGiven
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Lot, Product

_Judge = Callable[..., Iterator[Refusal]]
"""What keeps a dose of `antigen_code` from being given today."""


@dataclass(frozen=True)
class DoseVersion:
    """One version of a dose as it was recorded; `live` when it counts today."""

    dose: Dose
    product: Product
    lot: Lot
    live: bool


@dataclass(frozen=True)
class Examined:
    """A pilgrim's examinations in a campaign, the latest first.

    `of_another`: ids of those that were made while the record named another person: no new dose follows them.
    `marked`: those of them that are nobody's here; who has had a dose since is the same person still, though married
    since and with a new passport.
    """

    listed: Sequence[Examination]
    of_another: frozenset[uuid.UUID]
    marked: frozenset[uuid.UUID]
    findings: dict[uuid.UUID, Findings]

    @property
    def standing(self) -> Examination | None:
        """The latest one, unless it found out about another person."""
        return next((one for one in self.listed[:1] if one.id not in self.of_another), None)

    def judge(self, campaign: Campaign, *, on: date) -> _Judge:
        newest = self.listed[0] if self.listed else None
        of_another = newest is not None and newest.id in self.of_another
        return partial(
            usability_faults, newest, of_another=of_another, on=on, valid_days=campaign.examination_valid_days
        )


@dataclass(frozen=True)
class Record:
    """A pilgrim in a campaign, as of a moment. `names` maps staff ids to names.

    `by_mistake`: somebody said that the record should never have been made. `number_held`: another record has its
    passport number since. `why`: what keeps a dose from being given today.
    """

    pilgrim: Pilgrim
    registration: Registration | None
    by_mistake: bool
    number_held: bool
    examined: Examined
    positions: Sequence[Position]
    versions: Sequence[DoseVersion]
    not_given: Sequence[DoseNotGiven]
    papers: Papers
    corrections: Sequence[Correction]
    step: Step
    why: Refusal | None
    names: dict[uuid.UUID, str]

    def reason_for(self, subject_id: uuid.UUID) -> str:
        """Why a version of a dose was corrected or withdrawn."""
        return next((c.reason for c in reversed(self.corrections) if c.subject_id == subject_id), "")


def get_record(session: Session, pilgrim: Pilgrim, campaign: Campaign, *, at: datetime) -> Record:
    """Read all of it; nothing here is stored as a status."""
    today = clock.local_date(at, campaign.timezone)
    registration = pilgrims.find_registration(session, pilgrim.id, campaign.code)
    by_mistake = registration is None and was_unregistered(session, pilgrim.id)
    assessment = certificates.assess(session, pilgrim, campaign=campaign) if registration else None
    examined = _read_examined(session, pilgrim, campaign)
    not_given = vaccinations.list_not_given(session, pilgrim.id)
    papers = read_papers(session, pilgrim, campaign, assessment, at=at)
    judge = examined.judge(campaign, on=today)
    left_out = _of_this_person(session, pilgrim, not_given)
    positions = _positions(assessment, examined.standing, left_out, judge)
    step, why = rules.next_step(
        registered=registration is not None,
        certified=papers.live is not None,
        settled=any(not one.open and not one.over for one in positions),
        blockers=_blockers(positions, judge),
        on=today,
    )
    return Record(
        pilgrim=pilgrim,
        registration=registration,
        by_mistake=by_mistake,
        number_held=by_mistake and is_number_held(session, pilgrim.passport_number),
        examined=examined,
        positions=positions,
        versions=list_versions(session, pilgrim.id),
        not_given=not_given,
        papers=papers,
        corrections=corrections.list_corrections(session, pilgrim.id),
        step=step,
        why=why,
        names=dict(session.exec(select(Staff.id, Staff.name)).all()),
    )


def _read_examined(session: Session, pilgrim: Pilgrim, campaign: Campaign) -> Examined:
    listed = examinations.list_examinations(session, pilgrim.id, campaign.code)
    of_another = marked = examinations.list_of_another(session, pilgrim, listed)
    doses = vaccinations.list_dose_versions(session, pilgrim.id) if of_another else []
    if doses:  # judged as a correction of that dose judges it
        first = doses[0].recorded_at
        marked = examinations.list_of_another(session, pilgrim, listed, vaccinated_at=first)
    return Examined(listed, of_another, marked, {one.id: examinations.describe(one, campaign) for one in listed})


def find_doctors(session: Session, record: Record) -> dict[uuid.UUID, Staff]:
    """Who made the examinations of a record."""
    ids = {examination.examined_by_id for examination in record.examined.listed}
    return {doctor.id: doctor for doctor in session.exec(select(Staff).where(col(Staff.id).in_(ids)))}


def _of_this_person(session: Session, pilgrim: Pilgrim, rows: Sequence[DoseNotGiven]) -> list[DoseNotGiven]:
    """Doses not given, but for those that another person refused or did without, whom the record named then."""
    states = list_states(session, pilgrim) if rows else []
    return [row for row in rows if not was_another(states, row.recorded_at)]


def _positions(
    assessment: Assessment | None, examination: Examination | None, not_given: Sequence[DoseNotGiven], judge: _Judge
) -> list[Position]:
    """Where the pilgrim stands before each requirement, by the order of the requirements."""
    if assessment is None:
        return []
    campaign = assessment.registration.campaign_code
    said_last = {row.antigen_code: row for row in not_given if row.campaign_code == campaign}
    return [
        rules.position(
            one,
            examination=examination,
            left_out=said_last.get(one.antigen_code),
            blocker=next(judge(antigen_code=one.antigen_code), None),
        )
        for one in assessment.evaluations
    ]


def _blockers(positions: Sequence[Position], judge: _Judge) -> dict[str, list[Refusal]]:
    """{antigen that is due: what keeps a dose of it from being given today}."""
    found: dict[str, list[Refusal]] = {}
    for one in positions:
        if one.open:
            antigen = one.evaluation.antigen_code
            found[antigen] = list(judge(antigen_code=antigen))
            if one.decided is Decided.QUESTIONED:
                found[antigen].append(rules.DoctorFirst())
    return found


def list_versions(session: Session, pilgrim_id: uuid.UUID) -> list[DoseVersion]:
    """Every version of every dose, as recorded."""
    live = {dose.id for dose in vaccinations.list_live_doses(session, pilgrim_id)}
    return [
        DoseVersion(
            dose=dose,
            product=vaccines.get_product(session, dose.product_code),
            lot=vaccines.get_lot(session, dose.lot_id),
            live=dose.id in live,
        )
        for dose in vaccinations.list_dose_versions(session, pilgrim_id)
    ]
