"""Reads of certificates: what a pilgrim has earned, who holds which paper, what it is worth."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, exists
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Antigen, Campaign, VaccinationPoint
from registry.campaigns.rules import Evaluation, Result, covers
from registry.certificates import rules
from registry.certificates.codes import list_lots
from registry.certificates.histories import (
    History,
    Paper,
    Standing,
    follow_each_other,
    list_withdrawn,
    standing_in,
)
from registry.certificates.models import DECIDED, Certificate, CertificateHandle, CertificateRevocation
from registry.certificates.rules import PrintedDose
from registry.db.unreadable import read_each
from registry.errors import NotFound
from registry.hcert import RecalledLot, Withdrawn
from registry.hcert.authority import DSC_LIFE
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim, Registration
from registry.staff import queries as staff
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Product

PAGE = 500


@dataclass(frozen=True)
class Assessment:
    """How a pilgrim stands before the campaign's mandatory requirements; `doses` are those that a paper would show."""

    registration: Registration
    arrival_on: date
    evaluations: tuple[Evaluation, ...]
    doses: tuple[PrintedDose, ...]

    @property
    def covered(self) -> bool:
        """Whether every requirement that applies is covered, and at least one does."""
        asked = [one for one in self.evaluations if one.result is not Result.NOT_APPLICABLE]
        return bool(asked) and all(covers(one) for one in asked)


def assess(session: Session, pilgrim: Pilgrim, *, campaign: Campaign) -> Assessment:
    """Evaluate the requirements over all live doses, those of earlier campaigns too: a conjugate counts five years."""
    registration = pilgrims.get_registration(session, pilgrim.id, campaign.code)
    arrival_on = vaccinations.arrival_of(registration, campaign)
    live = vaccinations.list_live_doses(session, pilgrim.id)
    evaluations = vaccinations.evaluate_requirements(session, pilgrim, campaign, live, arrival_on=arrival_on)
    doses = [_printed(session, dose, window) for dose, window in rules.shown_doses(evaluations, live)]
    return Assessment(registration, arrival_on, tuple(evaluations), tuple(doses))


def _printed(session: Session, dose: Dose, window: tuple[date, date | None]) -> PrintedDose:
    first, last = window
    return PrintedDose(
        dose=dose,
        product=vaccines.get_product(session, dose.product_code),
        # Another desk may have corrected it while this one waited for its turn.
        lot=vaccines.get_lot(session, dose.lot_id, anew=True),
        antigen=campaigns.get_antigen(session, dose.antigen_code),
        point=campaigns.get_point(session, dose.point_code),
        vaccinator=staff.get_staff(session, dose.given_by_id),
        valid_from=first,
        valid_until=last,
    )


def read_shared(session: Session) -> list[object]:
    """What the papers of all pilgrims name alike. While it is held the session finds each of these without a read."""
    shared: list[object] = []
    for table, key in ((Antigen, "code"), (Product, "code"), (VaccinationPoint, "code"), (Staff, "id")):
        count = session.exec(select(func.count()).select_from(table)).one()
        shared.append(read_each(session, select_columns(table).order_by(key), count) if count else ())
    return shared


def get_certificate(session: Session, pilgrim_id: uuid.UUID, certificate_id: uuid.UUID) -> Certificate:
    found = session.get(Certificate, (pilgrim_id, certificate_id))
    if found is None:
        raise NotFound
    return found


def find_by_handle(session: Session, value: str) -> Certificate | None:
    """The certificate of a printed code or of a link's token: one indexed read."""
    query = (
        select(Certificate)
        .join(
            CertificateHandle,
            (col(CertificateHandle.pilgrim_id) == Certificate.pilgrim_id)
            & (col(CertificateHandle.certificate_id) == Certificate.id),
        )
        .where(CertificateHandle.value == value, or_(Certificate.code == value, Certificate.token == value))
    )
    return session.exec(query).one_or_none()


def list_certificates(session: Session, pilgrim_id: uuid.UUID) -> Sequence[Certificate]:
    """All of a pilgrim's certificates, the oldest first."""
    query = select(Certificate).where(Certificate.pilgrim_id == pilgrim_id)
    return session.exec(query.order_by(col(Certificate.issued_at), col(Certificate.number))).all()


def live_certificate(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> Certificate | None:
    """The one that stands: the newest, unless it was revoked. Its dates may have ended."""
    history = _history(session, pilgrim_id, campaign_code)
    if not history or history[-1][1] is not None:
        return None
    return history[-1][0]


def list_campaigns_of(session: Session, pilgrim_id: uuid.UUID) -> Sequence[str]:
    """Codes of the campaigns in which a pilgrim has or had a certificate."""
    codes = select(Certificate.campaign_code).where(Certificate.pilgrim_id == pilgrim_id)
    return session.exec(codes.distinct().order_by(Certificate.campaign_code)).all()


def get_last(
    session: Session, pilgrim_id: uuid.UUID, campaign_code: str
) -> tuple[Certificate, CertificateRevocation | None]:
    """The newest certificate of a campaign, and what revoked it."""
    return _history(session, pilgrim_id, campaign_code)[-1]


def count_showing_lot(session: Session, lot_id: uuid.UUID) -> int:
    """Certificates that stand, of pilgrims who had a dose of this lot."""
    newer = aliased(Certificate)
    had = vaccinations.live_doses().where(Dose.lot_id == lot_id).with_only_columns(col(Dose.pilgrim_id))
    query = (
        select(func.count())
        .select_from(Certificate)
        .join(CertificateRevocation, revokes(), isouter=True)
        .join(newer, replaces(newer), isouter=True)
        .where(col(Certificate.pilgrim_id).in_(had), col(CertificateRevocation.id).is_(None), col(newer.id).is_(None))
    )
    return session.exec(query).one()


def read_withdrawn(session: Session, *, at: datetime, timezone: str) -> Iterator[tuple[uuid.UUID, Withdrawn]]:
    """(certificate's id, what became of it) of all that were withdrawn while their signature may still be good.

    No signature outlives its key, and once the last day is over everywhere the code says so by itself. One query, read
    as it comes. Each is judged as `standing` does: a replaced one falls with what took its place. `timezone`: where the
    days of acts are counted.
    """
    since = at - DSC_LIFE - timedelta(days=1)
    revoked = select(CertificateRevocation.pilgrim_id).where(CertificateRevocation.revoked_at >= since)
    replaced = select(Certificate.pilgrim_id).where(
        col(Certificate.replaces_id).is_not(None), Certificate.issued_at >= since
    )
    columns = (
        Certificate.pilgrim_id,
        Certificate.campaign_code,
        Certificate.id,
        Certificate.replaces_id,
        Certificate.issued_at,
    )
    query = (
        select_columns(*map(col, columns), col(Certificate.valid_until), col(CertificateRevocation.revoked_at))
        .join(CertificateRevocation, revokes(), isouter=True)
        .where(col(Certificate.pilgrim_id).in_(revoked) | col(Certificate.pilgrim_id).in_(replaced))
        .order_by(col(Certificate.pilgrim_id), col(Certificate.campaign_code), col(Certificate.number))
    )
    rows = session.execute(query, execution_options={"yield_per": PAGE})
    for _pilgrim, own in groupby(rows, key=attrgetter("pilgrim_id")):
        for row, fact in list_withdrawn(list(own), timezone=timezone):
            over = row.valid_until is not None and row.valid_until < at.date() - timedelta(days=2)
            if row.issued_at >= since and not over:
                yield row.id, fact


def list_recalled_lots(session: Session, *, timezone: str) -> Iterator[RecalledLot]:
    """Lots under recall, spelt as certificates do."""
    for lot, product, hold in vaccines.list_recalls(session):
        yield RecalledLot(product.latin_name, lot.number, clock.local_date(hold.at, timezone))


def find_recalls(session: Session, certificates: Iterable[Certificate], *, timezone: str) -> dict[uuid.UUID, date]:
    """{certificate: the day on which a lot that it names was recalled}, if it still is: a flag, never a verdict."""
    named = {one.id: set(list_lots(one)) for one in certificates}
    recalls = vaccines.list_recalls(session, {lot for lots in named.values() for _product, lot in lots})
    recalled = {(product.latin_name, lot.number): clock.local_date(hold.at, timezone) for lot, product, hold in recalls}
    return {one: min(recalled[lot] for lot in lots & {*recalled}) for one, lots in named.items() if lots & {*recalled}}


def find_recall(session: Session, certificate: Certificate, *, timezone: str) -> date | None:
    return find_recalls(session, [certificate], timezone=timezone).get(certificate.id)


def last_number(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> int:
    """How many certificates there are: they are numbered 1, 2, ..."""
    return len(_history(session, pilgrim_id, campaign_code))


def first_of_line(session: Session, certificate: Certificate) -> Certificate:
    """The certificate with which this one's line of replacements began."""
    by_id = {one.id: one for one, _ in _history(session, certificate.pilgrim_id, certificate.campaign_code)}
    # Taken out as they are passed: somebody may have written a ring.
    while certificate.replaces_id is not None and (before := by_id.pop(certificate.replaces_id, None)):
        certificate = before
    return certificate


def standing(session: Session, certificate: Certificate, *, on: date) -> Standing:
    """What a certificate is worth on a day."""
    histories = list_histories(session, certificate.pilgrim_id)
    follows = follow_each_other([paper for own in histories.values() for paper in own])
    return standing_in(histories.get(certificate.campaign_code, []), certificate, on=on, follows=follows)


def find_torn(session: Session, pilgrim_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of some hundred pilgrims have certificates that do not follow each other as they were issued."""
    papers = list(_papers(session, col(Certificate.pilgrim_id).in_(pilgrim_ids)))
    papers.sort(key=lambda paper: paper[0].pilgrim_id)
    by_pilgrim = groupby(papers, key=lambda paper: paper[0].pilgrim_id)
    return {pilgrim_id for pilgrim_id, own in by_pilgrim if not follow_each_other([*own])}


def _history(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> History:
    return list_histories(session, pilgrim_id).get(campaign_code, [])


def list_histories(session: Session, pilgrim_id: uuid.UUID) -> dict[str, History]:
    """{campaign: what the pilgrim holds and held of it}."""
    papers = _papers(session, col(Certificate.pilgrim_id) == pilgrim_id)
    return {code: [*own] for code, own in groupby(papers, key=lambda paper: paper[0].campaign_code)}


def _papers(session: Session, whose: ColumnElement[bool]) -> Iterable[Paper]:
    decided = col(CertificateRevocation.cause).in_(DECIDED)
    order = (col(Certificate.campaign_code), col(Certificate.number), decided)
    query = select(Certificate, CertificateRevocation).where(whose).order_by(*order)
    rows = session.exec(query.join(CertificateRevocation, _is_of(CertificateRevocation), isouter=True))
    # Of two revocations the later row stays: what a person decided outweighs what the registry did by itself.
    return {paper.id: (paper, revocation) for paper, revocation in rows}.values()


def revokes() -> ColumnElement[bool]:
    """Joins to a certificate what took its force: one row, also where a person decided about it later."""
    other = aliased(CertificateRevocation)
    earlier = exists().where(
        col(other.pilgrim_id) == CertificateRevocation.pilgrim_id,
        col(other.certificate_id) == CertificateRevocation.certificate_id,
        col(other.cause).not_in(DECIDED),
    )
    is_first = col(CertificateRevocation.cause).not_in(DECIDED) | ~earlier.correlate(CertificateRevocation)
    return _is_of(CertificateRevocation) & is_first


def _is_of(revocation: type[CertificateRevocation]) -> ColumnElement[bool]:
    return (col(revocation.pilgrim_id) == Certificate.pilgrim_id) & (col(revocation.certificate_id) == Certificate.id)


def replaces(newer: type[Certificate]) -> ColumnElement[bool]:
    return (col(newer.pilgrim_id) == Certificate.pilgrim_id) & (col(newer.replaces_id) == Certificate.id)
