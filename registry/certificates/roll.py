"""All certificates of a campaign, for those who go through every one of them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Select, String, and_, cast, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from registry.certificates import rules
from registry.certificates.codes import Alarm
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.queries import PAGE, replaces, revokes
from registry.certificates.rules import State
from registry.db.unreadable import read_each, split_row
from registry.model import metadata

LINE = "line"
"""Its own columns can be read: what cannot is a row that revokes or replaces it."""


@dataclass(frozen=True)
class Unreadable:
    """A certificate of which a column cannot be read, by what can be."""

    code: str
    campaign_code: str
    pilgrim_id: UUID
    id: UUID
    columns: tuple[str, ...]

    @property
    def alarm(self) -> Alarm:
        return Alarm(self.pilgrim_id, self.id, self.columns)


def read_all(session: Session, campaign_code: str, *, on: date) -> Iterator[tuple[Certificate, State] | Unreadable]:
    """Every certificate of a campaign with what it is worth on a day, in the order of issue, a page at a time.

    One that cannot be read stands for itself: it keeps none of the others from being read.
    """
    everything = _ordered(campaign_code)
    query, passed = everything, 0  # what cannot be read names no place to go on from: it is counted
    while page := read_each(session, query, PAGE, first=passed):
        last = None
        for number, row in enumerate(page, start=passed):
            if row is None:
                yield from _unreadable(session, query.offset(number).limit(1))
                continue
            (certificate, revocation, successor), last = row, number
            replaced, revoked = successor is not None, revocation is not None
            yield certificate, rules.state(certificate, replaced=replaced, revoked=revoked, on=on)
        if last is None:
            passed += len(page)
            continue
        newest = page[last - passed][0]
        place = tuple_(col(Certificate.issued_at), col(Certificate.id)) > (newest.issued_at, newest.id)
        query, passed = everything.where(place), passed + len(page) - 1 - last


def _ordered(campaign_code: str) -> Select[Any]:
    newer = aliased(Certificate)
    columns: list[Any] = [Certificate, col(CertificateRevocation.id), col(newer.id)]
    return (
        select_columns(*columns)
        .select_from(Certificate)
        .join(CertificateRevocation, revokes(), isouter=True)
        .join(newer, replaces(newer), isouter=True)
        .where(col(Certificate.campaign_code) == campaign_code)
        .order_by(col(Certificate.issued_at), col(Certificate.id))
    )


def _unreadable(session: Session, query: Select[Any]) -> Iterator[Unreadable]:
    """What the database tells as text of the one row that a query finds; nothing where it has gone."""
    names = [col(getattr(Certificate, name)) for name in ("code", "campaign_code", "pilgrim_id", "id")]
    for code, campaign, pilgrim, own in session.execute(
        query.with_only_columns(*(cast(name, String) for name in names))
    ).all():
        keys = cast(col(Certificate.pilgrim_id), String) == pilgrim, cast(col(Certificate.id), String) == own
        with suppress(ValueError):  # by its key where that is one: no look at every other row
            keys = col(Certificate.pilgrim_id) == UUID(pilgrim), col(Certificate.id) == UUID(own)
        _readable, columns = split_row(session, metadata.tables["certificate"], and_(*keys))
        yield Unreadable(code, campaign, _read_id(pilgrim), _read_id(own), columns or (LINE,))


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_OID, text)  # an alarm needs one that stays the same
