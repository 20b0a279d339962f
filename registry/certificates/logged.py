"""A certificate held against what the immunization log keeps of its issue.

What its signed codes do not state (the Cyrillic name, who gave the dose and where, the authority, how many doses there
were) stands in the log too, in an entry that the database lets nobody alter.
"""

import uuid
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from registry.certificates.codes import Alarm, alarm_of
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.rules import newest_point
from registry.db.order import is_left
from registry.immunization_log import queries as log
from registry.immunization_log.models import Kind
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose

LOG = "log"
REVOCATION = "revocation"
DOSE = "dose"
PAPER = "paper"
_NEVER_CORRECTED = ("point_code", "given_by_id", "visit_id")  # a dose given elsewhere is withdrawn and entered there
_DECISIVE = ("certificate_id", "cause", "revoked_by_id")  # what is withheld after it, and who may decide otherwise
_ISSUES = {Kind.CERTIFICATE_ISSUED, Kind.CERTIFICATE_REPLACED}
# Where the signed codes state the same, one fact has one name.
_NAMES = {
    "latin_name": "name",
    "birth_precision": "birth_date",
    "passport_number": "document",
    "entry_from": "printed_days",
    "entry_until": "printed_days",
    "signed_code": "signature",
    "id": "certificate",
}


class Earned(NamedTuple):
    """Where and when a certificate was issued, as it was counted."""

    point: str
    at: datetime


def find_earned(session: Session, certificate: Certificate) -> Earned | None:
    """Where a certificate counts: by its entry in the log, for a writer of the database may leave any facts beside it.

    Without an entry by its facts; None where they cannot be read either.
    """
    for link in log.find_links(session, certificate.pilgrim_id, certificate.id):
        if link.kind in _ISSUES:
            return Earned(link.stream, link.at)
    point = read_point(certificate.facts)
    return None if point is None else Earned(point, certificate.issued_at)


def read_point(facts: Any) -> str | None:
    """The point that gave the last dose; None where what stands in the place of the facts does not tell."""
    try:
        told = [(dose["given_on"], dose["point_code"]) for dose in facts["doses"]]
        return newest_point(facts) if all(isinstance(part, str) for one in told for part in one) else None
    except (KeyError, TypeError, ValueError):
        return None


def find_changes(session: Session, certificate: Certificate) -> tuple[str, ...]:
    """Names of what was altered since the certificate was issued; "log": its entry is not there or does not hold."""
    issues = [link for link in log.find_links(session, certificate.pilgrim_id, certificate.id) if link.kind in _ISSUES]
    if not issues or not all(map(log.commits_to_record, issues)):
        return (LOG,)
    found = [name for link in issues for name in _changes(certificate, link.content)]
    return tuple(dict.fromkeys(_NAMES.get(name, name) for name in found))


def find_lost_revocation(session: Session, pilgrim_id: uuid.UUID) -> Alarm | None:
    """The first revocation that the log holds and the register no longer does, or says otherwise of.

    Only what the log holds counts: an entry of the present act is written at its end (`db.order`). Its rows are read
    after it, so whoever revokes meanwhile is no alarm.
    """
    links = log.find_links_of_kind(session, pilgrim_id, Kind.CERTIFICATE_REVOKED)
    if not links:
        return None
    query = select(CertificateRevocation).where(CertificateRevocation.pilgrim_id == pilgrim_id)
    kept = {row.id: row for row in session.exec(query)}
    return next((found for link in links if (found := _lost(kept.get(link.record_id), link))), None)


def _lost(row: CertificateRevocation | None, link: log.Link) -> Alarm | None:
    try:
        logged = CertificateRevocation.model_validate(link.content)
    except ValueError:
        return Alarm(link.pilgrim_id, row.certificate_id if row else link.record_id, (REVOCATION,))
    told = [name for name in _DECISIVE if name in link.content]  # older entries name no cause
    same = row is not None and all(getattr(row, name) == getattr(logged, name) for name in told)
    if same and log.commits_to_record(link):
        return None
    return Alarm(link.pilgrim_id, logged.certificate_id, (REVOCATION,))


def find_altered_paper(session: Session, pilgrim_id: uuid.UUID) -> Alarm | None:
    """The first certificate that the register holds no longer, or in whose columns it says otherwise than was logged.

    Or of which the log knows nothing. What stands in its facts is held against codes and record, each night against the
    log too. A paper of the present act is logged at its end.
    """
    query = select(Certificate).where(Certificate.pilgrim_id == pilgrim_id)
    papers = {paper.id: paper for paper in session.exec(query.order_by(col(Certificate.issued_at)))}
    links = log.find_links_of_kind(session, pilgrim_id, *sorted(_ISSUES))
    if lost := _find_lost_paper(session, pilgrim_id, papers, links):
        return lost
    for paper in papers.values():
        own = [link for link in links if link.record_id == paper.id]
        if not own and is_left(session, paper.id):
            continue
        changed = [name for link in own for name in _changes_of_columns(paper, link)] if own else [LOG]
        if changed:
            return alarm_of(paper, tuple(dict.fromkeys(_NAMES.get(name, name) for name in changed)))
    return None


def find_lost_paper(session: Session, pilgrim_id: uuid.UUID) -> Alarm | None:
    """The first certificate that was logged when it was issued, and that the register holds no longer."""
    own = session.exec(select(Certificate.id).where(Certificate.pilgrim_id == pilgrim_id)).all()
    links = log.find_links_of_kind(session, pilgrim_id, *sorted(_ISSUES))
    return _find_lost_paper(session, pilgrim_id, own, links)


def _find_lost_paper(
    session: Session, pilgrim_id: uuid.UUID, known: Container[uuid.UUID], links: Sequence[log.Link]
) -> Alarm | None:
    for link in links:
        # Asked again: another desk may have issued it after these were read.
        if link.record_id not in known and session.get(Certificate, (pilgrim_id, link.record_id)) is None:
            return Alarm(pilgrim_id, link.record_id, (PAPER,))
    return None


def _changes_of_columns(paper: Certificate, link: log.Link) -> Iterator[str]:
    if not log.commits_to_record(link):
        yield LOG
        return
    yield from _changes(paper, link.content, whole=False)


def find_altered_dose(session: Session, pilgrim_id: uuid.UUID) -> Alarm | None:
    """The first version of a dose that the register holds otherwise than it was logged, or no longer.

    What the log does not hold yet, a version of the present act, is held against the one that it supersedes.
    """
    links = log.find_links_of_kind(session, pilgrim_id, Kind.DOSE)
    versions = {dose.id: dose for dose in vaccinations.list_dose_versions(session, pilgrim_id)}
    for link in links:
        if changed := _changes_of_dose(versions.get(link.record_id), link):
            return Alarm(pilgrim_id, link.record_id, changed)
    for dose in versions.values():
        earlier = versions.get(dose.supersedes_id) if dose.supersedes_id else None
        moved = [name for name in _NEVER_CORRECTED if earlier and getattr(dose, name) != getattr(earlier, name)]
        if moved:
            return Alarm(pilgrim_id, dose.id, tuple(moved))
    return None


def _changes_of_dose(row: Dose | None, link: log.Link) -> tuple[str, ...]:
    if row is None or not log.commits_to_record(link):
        return (DOSE if row is None else LOG,)
    try:
        logged = Dose.model_validate(link.content).model_dump()
    except ValueError:
        return (LOG,)
    return tuple(sorted(name for name in logged.keys() & link.content.keys() if getattr(row, name) != logged[name]))


def states_other_point(session: Session, certificate: Certificate) -> bool:
    """Whether a paper names a point at which no version of its dose was recorded. Its facts are whole."""
    versions = vaccinations.list_dose_versions(session, certificate.pilgrim_id)
    recorded = [(dose.antigen_code, dose.point_code) for dose in versions]  # no set: anything may stand in a paper
    printed = [(dose.get("antigen"), dose.get("point_code")) for dose in certificate.facts["doses"]]
    return any(one not in recorded for one in printed if None not in one)  # papers of earlier releases name no antigen


def _changes(certificate: Certificate, content: Mapping[str, Any], *, whole: bool = True) -> Iterator[str]:
    """`whole`: with what its facts say."""
    try:
        logged = Certificate.model_validate(content).model_dump()
    except ValueError:
        yield LOG
        return
    for name in logged.keys() & content.keys():  # a column that came later says nothing about an older entry
        if name == "facts":
            yield from _other_facts(certificate.facts, logged[name]) if whole else ()
        elif getattr(certificate, name) != logged[name]:
            yield name


def _other_facts(facts: Any, logged: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(facts, dict):
        yield "facts"
        return
    for name in {**logged, **facts}:
        if name == "doses":
            yield from _other_doses(facts.get(name), logged.get(name))
        elif facts.get(name) != logged.get(name):
            yield name


def _other_doses(doses: Any, logged: Any) -> Iterator[str]:
    if not isinstance(doses, list) or len(doses) != len(logged) or not all(isinstance(dose, dict) for dose in doses):
        yield "doses"
        return
    for dose, then in zip(doses, logged, strict=True):
        yield from (name for name in then | dose if dose.get(name) != then.get(name))
