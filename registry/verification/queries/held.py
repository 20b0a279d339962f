"""Certificates of the register by what a stranger holds, and what they are worth."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from registry.certificates import queries as certificates
from registry.certificates.codes import alarm_of, find_differences
from registry.certificates.models import Certificate, CertificateHandle, CertificateRevocation
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

_CERTIFICATE, _REVOCATION = (metadata.tables[name] for name in ("certificate", "certificate_revocation"))
# Where a row of the answer goes over from the one to the other.
_FIRST_OF_REVOCATION = 3 + len(_CERTIFICATE.columns)


@dataclass(frozen=True)
class Held:
    """A certificate of the register, with all that it is judged by."""

    certificate: Certificate
    history: certificates.History
    recalled_on: date | None

    def opens_with(self, handle: str) -> bool:
        """By its code or its token, which its paper shows: an id is no secret."""
        return handle in {self.certificate.code, self.certificate.token}


def _word(handles: ColumnElement[bool]) -> Select[Any]:
    return (
        select_columns(
            col(CertificateHandle.value),
            col(CertificateHandle.certificate_id),
            vaccines.any_recall(),
            *_CERTIFICATE.columns,
            *_REVOCATION.columns,
        )
        .join(_CERTIFICATE, col(Certificate.pilgrim_id) == CertificateHandle.pilgrim_id)
        .join(_REVOCATION, certificates.revokes(), isouter=True)
        .where(handles)
        .order_by(col(CertificateHandle.value), col(Certificate.number))
    )


# Worded once: at every gate somebody opens a page, and wording its question anew costs more than the answer.
_ONE = _word(col(CertificateHandle.value) == bindparam("handles"))
_MANY = _word(col(CertificateHandle.value).in_(bindparam("handles", expanding=True)))


def find_held(connection: Connection, handles: Collection[str], *, with_recalls: bool = True) -> dict[str, Held]:
    """{code, token or id: what it leads to}. One read for all of them; some more while any lot is recalled.

    What is found are copies to read of what was flushed: a session that watched over each would cost as much as the
    read itself.
    """
    asked = (_ONE, next(iter(handles))) if len(handles) == 1 else (_MANY, list(handles))
    rows = connection.execute(asked[0], {"handles": asked[1]}).all()
    lines = {key: list(map(_issued, line)) for key, line in groupby(rows, itemgetter(0, 1))}
    named = {handle: next(one for one, _ in line if one.id == own) for (handle, own), line in lines.items()}
    recalled = _find_recalls(connection, named.values()) if with_recalls and rows and rows[0][2] else {}
    return {
        handle: Held(
            certificate := named[handle],
            [(one, revoked) for one, revoked in line if one.campaign_code == certificate.campaign_code],
            recalled.get(certificate.id),
        )
        for (handle, _own), line in lines.items()
    }


def _find_recalls(connection: Connection, named: Iterable[Certificate]) -> dict[uuid.UUID, date]:
    with Session(connection) as session:
        return certificates.find_recalls(session, named)


def _issued(row: Row[Any]) -> tuple[Certificate, CertificateRevocation | None]:
    """A certificate and what revoked it, made without the checks that its columns have passed already."""
    certificate = Certificate.model_construct(
        **dict(zip(_CERTIFICATE.columns.keys(), row[3:_FIRST_OF_REVOCATION], strict=True))
    )
    if row[_FIRST_OF_REVOCATION] is None:
        return certificate, None
    revoked = dict(zip(_REVOCATION.columns.keys(), row[_FIRST_OF_REVOCATION:], strict=True))
    return certificate, CertificateRevocation.model_construct(**revoked)


def weigh(held: Held, *, on: date, signers: TrustList | None, training: bool = True) -> Finding:
    """What a certificate of the register is worth on a day. `training`: the installation itself is for training.

    Its own signed codes, which one of `signers` made, must say what the register says of it.
    """
    certificate = held.certificate
    is_training = bool(certificate.facts["training"])
    found = finding(Reason.TRAINING)
    if training or not is_training:
        found = finding(*judge(certificate, certificates.standing_in(held.history, certificate, on=on)))
    if differing := find_differences(certificate, signers):
        if found.verdict is not Verdict.NOT_VALID:  # what is refused stays refused
            found = finding(Reason.CODES_DIFFER)
        return replace(found, training=is_training, alarm=alarm_of(certificate, differing))
    return replace(found, training=is_training, recalled_on=held.recalled_on)
