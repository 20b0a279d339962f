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
from registry.certificates.decisions import may_be_decided
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.queries import Assessment, Standing
from registry.certificates.services.withdrawing import FOLLOWED, NO_LONGER_TRUE
from registry.certificates.withheld import Withheld, find_alteration, find_withheld, waits_for_key
from registry.corrections import queries as corrections
from registry.errors import Refusal
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.examinations.queries import Findings
from registry.examinations.rules import usability_faults
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.histories import list_states, was_another, was_unregistered
from registry.pilgrims.models import Correction, Pilgrim, Registration
from registry.room import rules
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
class Record:
    """A pilgrim in a campaign, as of a moment. `names` maps staff ids to names.

    `by_mistake`: somebody said that the record should never have been made. `of_another`: ids of the examinations
    that were made while it named another person.
    `revocable`: the one in force, or the last one that the registry withdrew by itself, about which a person may decide
    as well. `withheld`: a certificate that a person revoked, after which none follows by itself. `waits_for_key`: one
    is earned and could not be signed yet. `altered`: record and last paper disagree past the registry. `recalled_on`:
    the day on which a lot that the live certificate names was recalled; it stands all the same.
    """

    pilgrim: Pilgrim
    registration: Registration | None
    by_mistake: bool
    examinations: Sequence[Examination]
    of_another: frozenset[uuid.UUID]
    findings: dict[uuid.UUID, Findings]
    assessment: Assessment | None
    positions: Sequence[Position]
    versions: Sequence[DoseVersion]
    not_given: Sequence[DoseNotGiven]
    certificates: Sequence[tuple[Certificate, Standing]]
    followed: dict[uuid.UUID, Cause]
    corrections: Sequence[Correction]
    live_certificate: Certificate | None
    revocable: Certificate | None
    withheld: Withheld | None
    waits_for_key: bool
    altered: Refusal | None
    recalled_on: date | None
    step: Step
    why: Refusal | None
    names: dict[uuid.UUID, str]

    def reason_of(self, certificate: Certificate, revocation: CertificateRevocation) -> str:
        """Why a certificate was revoked, as it stands now: what was to follow may have followed since."""
        newer = [
            one
            for one, _ in self.certificates
            if one.campaign_code == certificate.campaign_code and one.number > certificate.number
        ]
        return FOLLOWED if newer and revocation.reason == NO_LONGER_TRUE else revocation.reason

    def reason_for(self, subject_id: uuid.UUID) -> str:
        """Why a version of a dose was corrected or withdrawn."""
        return next((c.reason for c in reversed(self.corrections) if c.subject_id == subject_id), "")


def get_record(session: Session, pilgrim: Pilgrim, campaign: Campaign, *, at: datetime) -> Record:
    """Read all of it; nothing here is stored as a status."""
    today = clock.local_date(at, campaign.timezone)
    registration = pilgrims.find_registration(session, pilgrim.id, campaign.code)
    assessment = certificates.assess(session, pilgrim, campaign=campaign) if registration else None
    examined = examinations.list_examinations(session, pilgrim.id, campaign.code)
    live = certificates.live_certificate(session, pilgrim.id, campaign.code)
    papers = _papers(session, pilgrim, on=clock.local_date(at, campaign.entry_timezone))
    last, revocation = _last(papers, campaign)
    not_given = vaccinations.list_not_given(session, pilgrim.id)
    of_another = examinations.list_of_another(session, pilgrim, examined)
    newest = examined[0] if examined else None
    judge = partial(
        usability_faults,
        newest,
        of_another=newest is not None and newest.id in of_another,
        on=today,
        valid_days=campaign.examination_valid_days,
    )
    positions = _positions(
        assessment,
        next((one for one in examined[:1] if one.id not in of_another), None),
        _of_this_person(session, pilgrim, not_given),
        judge,
    )
    step, why = rules.next_step(
        registered=registration is not None,
        certified=live is not None,
        settled=any(not one.open and not one.over for one in positions),
        blockers=_blockers(positions, judge),
        on=today,
    )
    return Record(
        pilgrim=pilgrim,
        registration=registration,
        by_mistake=registration is None and was_unregistered(session, pilgrim.id),
        examinations=examined,
        of_another=of_another,
        findings={one.id: examinations.describe(one, campaign) for one in examined},
        assessment=assessment,
        positions=positions,
        versions=list_versions(session, pilgrim.id),
        not_given=not_given,
        certificates=papers,
        followed=_followed(papers),
        corrections=corrections.list_corrections(session, pilgrim.id),
        live_certificate=live,
        revocable=last if registration and may_be_decided(revocation) else None,
        withheld=None if live else _withheld(session, pilgrim, campaign, assessment, on=today),
        altered=find_alteration(session, pilgrim, last) if last else None,
        waits_for_key=live is None and waits_for_key(session, pilgrim.id, campaign.code),
        recalled_on=certificates.find_recall(session, live, timezone=campaign.timezone) if live else None,
        step=step,
        why=why,
        names=dict(session.exec(select(Staff.id, Staff.name)).all()),
    )


def _followed(papers: Sequence[tuple[Certificate, Standing]]) -> dict[uuid.UUID, Cause]:
    """{certificate: what took the force of the one before it in its campaign}, where something did."""
    found, last = {}, dict[str, Standing]()
    for certificate, standing in papers:
        before = last.get(certificate.campaign_code)
        if before is not None and before.revocation is not None:
            found[certificate.id] = before.revocation.cause
        last[certificate.campaign_code] = standing
    return found


def find_doctors(session: Session, record: Record) -> dict[uuid.UUID, Staff]:
    """Who made the examinations of a record."""
    ids = {examination.examined_by_id for examination in record.examinations}
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


def _papers(session: Session, pilgrim: Pilgrim, *, on: date) -> list[tuple[Certificate, Standing]]:
    return [
        (certificate, certificates.standing(session, certificate, on=on))
        for certificate in certificates.list_certificates(session, pilgrim.id)
    ]


def _last(
    papers: Sequence[tuple[Certificate, Standing]], campaign: Campaign
) -> tuple[Certificate | None, CertificateRevocation | None]:
    """The campaign's last paper, and what revoked it."""
    own = [(paper, standing.revocation) for paper, standing in papers if paper.campaign_code == campaign.code]
    return max(own, key=lambda row: row[0].number, default=(None, None))


def _withheld(
    session: Session, pilgrim: Pilgrim, campaign: Campaign, assessment: Assessment | None, *, on: date
) -> Withheld | None:
    doses = assessment.doses if assessment else ()
    return find_withheld(session, pilgrim.id, campaign.code, doses, on=on)


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
