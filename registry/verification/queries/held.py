"""Certificates of the register by what a stranger holds, and what they are worth."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, case, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from registry import clock
from registry.campaigns.models import Campaign
from registry.certificates import queries as certificates
from registry.certificates.codes import alarm_of, find_contradictions, find_differences
from registry.certificates.facts import SheetFacts
from registry.certificates.histories import History, Standing, alarm_of_history, follow_each_other, standing_in
from registry.certificates.models import Certificate, CertificateHandle, CertificateRevocation
from registry.certificates.roll import LINE
from registry.db.unreadable import UNREADABLE, split_row
from registry.hcert import TrustList
from registry.model import metadata
from registry.vaccines import queries as vaccines
from registry.verification.rules import (
    Finding,
    Reason,
    Verdict,
    finding,
    judge,
)

HANDLE = "handle"
_CERTIFICATE, _REVOCATION = (metadata.tables[name] for name in ("certificate", "certificate_revocation"))
_FIRST_OF_CERTIFICATE = 4
_CAMPAIGN = _CERTIFICATE.columns.keys().index("campaign_code")
# Where a row of the answer goes over from the one to the other.
_FIRST_OF_REVOCATION = _FIRST_OF_CERTIFICATE + len(_CERTIFICATE.columns)


@dataclass(frozen=True)
class Held:
    """A certificate of the register, with all that it is judged by.

    `spoilt`: names of what a writer of the database left so that it cannot be judged; the rest is what can be read.
    `follows`: whether all papers of its pilgrim follow each other as they were issued.
    """

    certificate: Certificate
    history: History
    recalled_on: date | None
    entry_timezone: str
    spoilt: tuple[str, ...] = ()
    follows: bool = True

    def standing(self, *, on: date) -> Standing:
        """What it is worth on a day."""
        return standing_in(self.history, self.certificate, on=on, follows=self.follows)

    def opens_with(self, handle: str) -> bool:
        """By its code or its token, which its paper shows: an id is no secret."""
        return handle in {self.certificate.code, self.certificate.token}

    @property
    def is_whole(self) -> bool:
        """Whether its facts can be read: nothing may be asked of what somebody left in their place."""
        return SheetFacts.are_whole(self.certificate.facts)

    @property
    def printed_at(self) -> str | None:
        """The register's address on the day the paper was printed."""
        return str(self.certificate.facts["verify_url"]).rpartition("/v/")[0] if self.is_whole else None


def _word(handles: ColumnElement[bool]) -> Select[Any]:
    return (
        select_columns(
            col(CertificateHandle.value),
            col(CertificateHandle.certificate_id),
            vaccines.any_recall(),
            col(Campaign.entry_timezone),
            *_CERTIFICATE.columns,
            *_REVOCATION.columns,
        )
        .join(_CERTIFICATE, col(Certificate.pilgrim_id) == CertificateHandle.pilgrim_id)
        .join(Campaign, col(Campaign.code) == Certificate.campaign_code)
        .join(_REVOCATION, certificates.revokes(), isouter=True)
        .where(handles)
        .order_by(col(CertificateHandle.value), col(Certificate.number))
    )


# Worded once: at every gate somebody opens a page, and wording its question anew costs more than the answer.
_ONE = _word(col(CertificateHandle.value) == bindparam("handles"))
_MANY = _word(col(CertificateHandle.value).in_(bindparam("handles", expanding=True)))


def find_held(
    connection: Connection, handles: Collection[str], *, timezone: str, with_recalls: bool = True
) -> dict[str, Held]:
    """{code, token or id: what it leads to}. One read for all of them; some more while any lot is recalled.

    What is found are copies to read of what was flushed: a session that watched over each would cost as much as the
    read itself. Where a row cannot be read, the others are read without it.
    """
    try:
        return _find_whole(connection, handles, timezone=timezone, with_recalls=with_recalls)
    except UNREADABLE:
        if len(handles) == 1:
            return _find_spoilt(connection, next(iter(handles)), (LINE,))
    listed = [*handles]
    halves = listed[: len(listed) // 2], listed[len(listed) // 2 :]
    first, second = (find_held(connection, half, timezone=timezone, with_recalls=with_recalls) for half in halves)
    return first | second


def _find_whole(
    connection: Connection, handles: Collection[str], *, timezone: str, with_recalls: bool
) -> dict[str, Held]:
    asked = (_ONE, next(iter(handles))) if len(handles) == 1 else (_MANY, list(handles))
    rows = connection.execute(asked[0], {"handles": asked[1]}).all()
    lines = {key: list(map(_issued, line)) for key, line in groupby(rows, itemgetter(0, 1))}
    zones = {row[_FIRST_OF_CERTIFICATE + _CAMPAIGN]: row[3] for row in rows}
    spoilt = [key for key, line in lines.items() if key[1] not in {one.id for one, _ in line}]
    for key in spoilt:
        del lines[key]
    named = {handle: next(one for one, _ in line if one.id == own) for (handle, own), line in lines.items()}
    recalled = (
        _find_recalls(connection, named.values(), timezone=timezone) if with_recalls and rows and rows[0][2] else {}
    )
    found = {
        handle: Held(
            certificate := named[handle],
            [(one, revoked) for one, revoked in line if one.campaign_code == certificate.campaign_code],
            recalled.get(certificate.id),
            zones[certificate.campaign_code],
            follows=follow_each_other(line),
        )
        for (handle, _own), line in lines.items()
    }
    for handle, _own in spoilt:
        found |= _find_spoilt(connection, handle, (HANDLE,))
    return found


def _find_spoilt(connection: Connection, handle: str, otherwise: tuple[str, ...]) -> dict[str, Held]:
    """What can be read of the certificate that a handle is of; `otherwise`: what is wrong if all of it can."""
    own = select_columns(col(CertificateHandle.pilgrim_id)).where(col(CertificateHandle.value) == handle)
    named = select_columns(col(CertificateHandle.certificate_id)).where(col(CertificateHandle.value) == handle)
    shows = or_(_CERTIFICATE.c.code == handle, _CERTIFICATE.c.token == handle)
    is_it = or_(shows, _CERTIFICATE.c.id == named.scalar_subquery())
    where = and_(_CERTIFICATE.c.pilgrim_id == own.scalar_subquery(), is_it)
    columns, unreadable = split_row(connection, _CERTIFICATE, where, case((shows, 0), else_=1))
    if columns.get("id") is None or columns.get("pilgrim_id") is None:
        return {}
    certificate = Certificate.model_construct(**{**dict.fromkeys(unreadable), **columns})
    return {handle: Held(certificate, [(certificate, None)], None, "UTC", spoilt=unreadable or otherwise)}


def _find_recalls(connection: Connection, named: Iterable[Certificate], *, timezone: str) -> dict[uuid.UUID, date]:
    with Session(connection) as session:
        return certificates.find_recalls(session, named, timezone=timezone)


def _issued(row: Row[Any]) -> tuple[Certificate, CertificateRevocation | None]:
    """A certificate and what revoked it, made without the checks that its columns have passed already."""
    certificate = Certificate.model_construct(
        **dict(zip(_CERTIFICATE.columns.keys(), row[_FIRST_OF_CERTIFICATE:_FIRST_OF_REVOCATION], strict=True))
    )
    if row[_FIRST_OF_REVOCATION] is None:
        return certificate, None
    revoked = dict(zip(_REVOCATION.columns.keys(), row[_FIRST_OF_REVOCATION:], strict=True))
    return certificate, CertificateRevocation.model_construct(**revoked)


def weigh(
    held: Held,
    *,
    at: datetime,
    timezone: str,
    signers: TrustList | None,
    travel_on: date | None = None,
    training: bool = True,
) -> Finding:
    """What a certificate of the register is worth where its holder enters: now, or on a later day of travel.

    Its own signed codes, which one of `signers` made, must say what the register says of it; where `signers` is None
    (the own keys cannot be read) nobody can tell. All papers of its pilgrim must follow each other as they were issued:
    one that was replaced or revoked is told by them. `timezone`: where the days of acts are counted; `training`: the
    installation itself is for training.
    """
    if held.spoilt:
        return replace(finding(Reason.CODES_DIFFER), training=training, alarm=alarm_of(held.certificate, held.spoilt))
    certificate, on = held.certificate, day_of_entry(at, held.entry_timezone, travel_on)
    is_training = training if not held.is_whole else bool(certificate.facts["training"])
    found = finding(Reason.TRAINING)
    if training or not is_training:
        found = finding(*judge(certificate, held.standing(on=on), timezone=timezone))
    is_refused = found.verdict is Verdict.NOT_VALID  # what is refused stays refused
    differing = find_contradictions(certificate) if signers is None else find_differences(certificate, signers)
    if differing:
        found = found if is_refused else finding(Reason.CODES_DIFFER)
        return replace(found, training=is_training, alarm=alarm_of(certificate, differing))
    if not held.follows:
        found = found if is_refused else finding(Reason.PAPERS_DIFFER)
        return replace(found, training=is_training, alarm=alarm_of_history(certificate))
    if signers is None:
        return replace(found if is_refused else finding(Reason.KEYS_AWAY), training=is_training)
    return replace(found, training=is_training, recalled_on=held.recalled_on)


def day_of_entry(at: datetime, zone: str, travel_on: date | None) -> date:
    """The day to judge by: a planned one, unless it has passed where the holder enters."""
    today = clock.local_date(at, zone)
    return max(travel_on or today, today)
