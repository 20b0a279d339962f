"""Reads of what stands between a pilgrim who earned a certificate and the paper."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from sqlmodel import Session, col, or_, select

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries
from registry.certificates.codes import FACTS, Alarm, alarm_of, find_contradictions, find_differences
from registry.certificates.decisions import (
    DoseAltered,
    PaperAltered,
    RecordAltered,
    RevocationTakenAway,
    may_issue_again,
)
from registry.certificates.facts import SheetFacts
from registry.certificates.histories import History
from registry.certificates.identity import find_unexplained
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.logged import (
    find_altered_dose,
    find_altered_paper,
    find_lost_revocation,
    states_other_point,
)
from registry.certificates.models import DECIDED, PAPER_GONE, Certificate, CertificateRevocation
from registry.certificates.rules import PrintedDose
from registry.jobs import queries as jobs
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Correction, Pilgrim, Registration, Subject
from registry.staff.models import Assignment, Permission, Role, ScopeKind, Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose

ISSUE = "issue_certificate"
"""The job that issues what could not be signed."""


@dataclass(frozen=True)
class Withheld:
    """A paper that a person revoked, and the people who may have a new one issued.

    `followed`: the paper that the new one would follow, the last of its campaign. It is the revoked one, or was
    withdrawn by the registry after the revoked one of another campaign; where there is none it is the revoked one too.
    """

    certificate: Certificate
    revocation: CertificateRevocation
    deciders: Sequence[Staff]
    followed: Certificate


def find_withholding(
    session: Session, pilgrim_id: uuid.UUID, campaign_code: str, doses: Sequence[PrintedDose]
) -> tuple[Certificate, CertificateRevocation] | None:
    """The paper revoked by a person after which none with these doses follows by itself.

    It is the campaign's last paper, or that of another campaign which showed one of the same doses, whatever was
    corrected in them since: a new campaign is no way around a decision. A newer decision of the campaign's own, to
    issue again, outweighs one that was made elsewhere before it. That a paper was lost says nothing about its doses.
    """
    histories = queries.list_histories(session, pilgrim_id)
    own = histories.pop(campaign_code, [])
    if found := _find_decision(own):
        return found
    decided_otherwise = [
        paper.issued_at
        for (_old, revocation), (paper, _later) in pairwise([(None, None), *own])
        if paper and paper.reissue_reason and (revocation is None or revocation.cause not in PAPER_GONE)
    ]
    for found in filter(None, map(_find_decision, histories.values())):
        newest = all(found[1].revoked_at >= at for at in decided_otherwise)
        about_doses = found[1].cause not in PAPER_GONE
        if newest and about_doses and _showed_one(session, found[0], doses, at=found[1].revoked_at):
            return found
    return None


def list_counting(session: Session, pilgrim: Pilgrim, revoked: Certificate, *, at: datetime) -> list[Certificate]:
    """Papers of other campaigns that stay in force when this one is revoked, though they show one of its doses."""
    found = []
    for code, history in queries.list_histories(session, pilgrim.id).items():
        paper, revocation = history[-1]
        campaign = campaigns.get_campaign(session, code)
        if revocation or code == revoked.campaign_code or has_ended(paper, campaign, at=at):
            continue
        if pilgrims.find_registration(session, pilgrim.id, code) is None:  # somebody moved the paper there
            continue
        if _showed_one(session, revoked, queries.assess(session, pilgrim, campaign=campaign).doses, at=at):
            found.append(paper)
    return found


def has_ended(certificate: Certificate, campaign: Campaign, *, at: datetime) -> bool:
    """Whether the last day of a paper of this campaign is over where it is shown."""
    return certificate.valid_until is not None and certificate.valid_until < clock.local_date(
        at, campaign.entry_timezone
    )


def _find_decision(history: History) -> tuple[Certificate, CertificateRevocation] | None:
    """A campaign's last paper with its revocation, if a person revoked it."""
    certificate, revocation = history[-1] if history else (None, None)
    return (certificate, revocation) if certificate and revocation and revocation.cause in DECIDED else None


def _showed_one(session: Session, certificate: Certificate, doses: Sequence[PrintedDose], *, at: datetime) -> bool:
    """Whether a paper about which a person decided showed one of the doses.

    Any dose of a kind that it showed counts as shown which was given up to the day of the decision, or recorded before
    the decision: whatever was corrected in it, and whichever of several the paper named. A paper that does not tell the
    kinds may have shown any.
    """
    kinds = _kinds_of(certificate)
    versions = vaccinations.list_dose_versions(session, certificate.pilgrim_id)
    first = _first_versions(versions)
    lines = {first[dose.id].id for dose in versions if kinds is None or dose.antigen_code in kinds}
    day = clock.local_date(at, campaigns.get_campaign(session, certificate.campaign_code).timezone)
    return any(
        first[dose.id].id in lines and (dose.given_on <= day or first[dose.id].recorded_at <= at)
        for dose in (printed.dose for printed in doses)
    )


def _kinds_of(certificate: Certificate) -> set[str] | None:
    """What a paper says was vaccinated against; None where it cannot be read, or an earlier release did not name it."""
    if not SheetFacts.are_whole(certificate.facts):
        return None
    kinds = {dose.get("antigen") for dose in certificate.facts["doses"]}
    return None if None in kinds else kinds


def _first_versions(versions: Sequence[Dose]) -> dict[uuid.UUID, Dose]:
    """{id of each version: the first one of its line}."""
    by_id = {dose.id: dose for dose in versions}
    found = {}
    for dose in versions:
        first = dose
        while first.supersedes_id is not None:
            first = by_id[first.supersedes_id]
        found[dose.id] = first
    return found


def find_altered(session: Session, pilgrim: Pilgrim, certificate: Certificate) -> tuple[str, ...]:
    """Names of what a certificate prints of its pilgrim otherwise than the record does, and no correction explains.

    "facts" where what it prints cannot be read.
    """
    if not SheetFacts.are_whole(certificate.facts):
        return (FACTS,)
    if states_other_point(session, certificate):
        return ("point_code",)
    if not find_unexplained(certificate.facts, pilgrim, ()):
        return ()
    query = select(Correction).where(Correction.pilgrim_id == pilgrim.id, Correction.subject == Subject.PILGRIM)
    changes = [change for correction in session.exec(query) for change in correction.changes]
    return find_unexplained(certificate.facts, pilgrim, changes)


def find_alteration(session: Session, pilgrim: Pilgrim, last: Certificate | None) -> RecordAltered | None:
    """What to say beside a pilgrim of whom something was altered past the registry. No look at signatures."""
    differing = last and (find_contradictions(last) or find_altered(session, pilgrim, last))
    if last and differing:
        return RecordAltered(last, differing)
    return find_altered_beside(session, pilgrim.id)


def find_altered_beside(session: Session, pilgrim_id: uuid.UUID) -> RecordAltered | None:
    """What the log keeps of a pilgrim and the register holds otherwise: doses, revocations, the rows of all papers."""
    if dose := find_altered_dose(session, pilgrim_id):
        return DoseAltered(dose)
    if lost := find_lost_revocation(session, pilgrim_id):
        return RevocationTakenAway(lost)
    paper = find_altered_paper(session, pilgrim_id)
    return PaperAltered(paper) if paper else None


def find_alarm(
    session: Session, pilgrim: Pilgrim, last: Certificate | None, *, issuer: Issuer | Keyless
) -> Alarm | None:
    """What was altered past the registry since the campaign's last paper, and must not be signed.

    The record, without a correction; the paper, whose signed codes say something else; a dose, a revocation or the row
    of any paper that the register does not hold as it was logged, also where there is no paper.
    """
    beside = find_altered_beside(session, pilgrim.id)
    if last is None:
        return beside.alarm if beside else None
    differing = find_differences(last, issuer.trust) if isinstance(issuer, Issuer) else find_contradictions(last)
    differing = differing or find_altered(session, pilgrim, last)
    return alarm_of(last, differing) if differing else beside.alarm if beside else None


def find_withheld(
    session: Session, pilgrim_id: uuid.UUID, campaign_code: str, doses: Sequence[PrintedDose], *, on: date
) -> Withheld | None:
    """What `find_withholding` finds, with the people who may decide otherwise."""
    found = find_withholding(session, pilgrim_id, campaign_code, doses)
    if found is None:
        return None
    own = queries.list_histories(session, pilgrim_id).get(campaign_code)
    return Withheld(*found, list_deciders(session, pilgrim_id, found[1], on=on), own[-1][0] if own else found[0])


def list_deciders(
    session: Session, pilgrim_id: uuid.UUID, revocation: CertificateRevocation, *, on: date
) -> list[Staff]:
    """Who may have a new paper issued after a revocation: may revoke where the pilgrim is registered, by name."""
    may_revoke = Permission.REVOKE_CERTIFICATES.value
    roles = [role.code for role in session.exec(select(Role)) if may_revoke in role.permissions]
    query = (
        select(Staff, Assignment)
        .join(Assignment, col(Assignment.staff_id) == Staff.id)
        .where(
            col(Staff.disabled_at).is_(None),
            col(Assignment.role_code).in_(roles),
            Assignment.from_on <= on,
            or_(col(Assignment.until_on).is_(None), col(Assignment.until_on) >= on),
        )
        .order_by(Staff.name)
    )
    regions = set(session.exec(select(Registration.region_code).where(Registration.pilgrim_id == pilgrim_id)))
    found = {
        person.id: person
        for person, assignment in session.exec(query)
        if may_issue_again(revocation, person.id) and _covers(session, assignment, regions)
    }
    return [*found.values()]


def _covers(session: Session, assignment: Assignment, regions: set[str]) -> bool:
    if assignment.scope_kind is ScopeKind.POINT:
        return not regions.isdisjoint(campaigns.region_codes_of_points(session, [assignment.scope_code]))
    return assignment.scope_kind is ScopeKind.COUNTRY or assignment.scope_code in regions


def waits_for_key(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> bool:
    """Whether a paper could not be signed when it was earned, and follows by a job."""
    wanted = (str(pilgrim_id), campaign_code)
    open_jobs = jobs.list_open(session, ISSUE)
    return any((job.payload["pilgrim"], job.payload["campaign"]) == wanted for job in open_jobs)
