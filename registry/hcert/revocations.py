"""The signed, dated list of certificates that no longer count, small enough for a telephone.

A COSE_Sign1 whose content type keeps it apart from health certificates. Of each certificate it carries eight bytes of a
salted hash of its id, so that the list names nobody; sorted within its day, so that it does not tell what came first.
Our own format: the WHO's network has published none for single certificates.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from unicodedata import normalize
from uuid import UUID

import cbor2

from registry.hcert import plain_cbor
from registry.hcert.claims import EXPIRY, ISSUED, ISSUER, read_instant
from registry.hcert.cose import LIST_CONTENT_TYPE, Sign1, find_signer, read_sign1, write_sign1
from registry.hcert.plain_cbor import Plain
from registry.hcert.reasons import BadHcert, Reason, Step
from registry.hcert.signer import Signer
from registry.hcert.trust import TrustedKey, TrustList

MAX_BYTES = 2 * 1024 * 1024  # a quarter of a million certificates
REVOCATIONS = -65537  # claims below -65536 are for private use (RFC 8392)
VERSION = 1
_PREFIX_BYTES = 8
_EPOCH = date(1970, 1, 1).toordinal()


class Withdrawal(StrEnum):
    """Why a certificate no longer counts; the names are those of the list's own fields."""

    REPLACED = "replaced"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What happened to a certificate, and when: the day it was revoked, or the day its successor was issued."""

    kind: Withdrawal
    on: date


@dataclass(frozen=True, slots=True)
class RecalledLot:
    """A lot called back by its maker or an authority; certificates that show it still count."""

    brand: str
    lot: str
    on: date


@dataclass(frozen=True)
class RevocationList:
    """A list whose signature was found good; `is_current` says whether it is still young enough to rely on."""

    issuer: str
    issued_at: datetime
    expires_at: datetime
    salt: bytes
    withdrawn: Mapping[bytes, Withdrawn]
    recalled: Mapping[tuple[str, str], date]

    def __len__(self) -> int:
        return len(self.withdrawn)

    def find(self, certificate_id: UUID) -> Withdrawn | None:
        return self.withdrawn.get(_hashed(certificate_id, self.salt))

    def find_recall(self, brand: str, lot: str) -> date | None:
        """The day on which this lot of this brand, spelt as on the certificate, was called back."""
        return self.recalled.get((normalize("NFC", brand), normalize("NFC", lot)))

    def is_current(self, at: datetime) -> bool:
        return at <= self.expires_at


class ListFault(StrEnum):
    """Stable codes: pages and commands translate them into sentences."""

    CORRUPT = "corrupt"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    KEY_NOT_CURRENT = "key_not_current"
    ROLLED_BACK = "rolled_back"


class BadRevocationList(Exception):  # noqa: N818 -- a fact, named like the house's refusals
    """The only exception that reading a list raises, whatever bytes it is given."""

    def __init__(self, reason: ListFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


class RolledBack(BadRevocationList):
    """An older list was offered where a newer one is held: somebody may want a revocation forgotten."""

    def __init__(self) -> None:
        super().__init__(ListFault.ROLLED_BACK)


_FAULTS = {
    Reason.UNKNOWN_KEY: ListFault.UNKNOWN_KEY,
    Reason.BROKEN_CHAIN: ListFault.UNKNOWN_KEY,
    Reason.UNSUITABLE_KEY: ListFault.WRONG_SIGNATURE,
    Reason.WRONG_SIGNATURE: ListFault.WRONG_SIGNATURE,
}


def write_revocation_list(
    withdrawn: Iterable[tuple[UUID, Withdrawn]],
    *,
    recalled: Iterable[RecalledLot] = (),
    issuer: str,
    issued_at: datetime,
    expires_at: datetime,
    salt: bytes,
    signer: Signer,
) -> bytes:
    """The signed list. Instants are aware; the same content gives the same payload in whatever order it comes."""
    days: dict[Withdrawal, dict[int, list[bytes]]] = {kind: defaultdict(list) for kind in Withdrawal}
    for certificate_id, fact in withdrawn:
        days[fact.kind][_day_number(fact.on)].append(_hashed(certificate_id, salt))
    lots = sorted((normalize("NFC", lot.brand), normalize("NFC", lot.lot), _day_number(lot.on)) for lot in recalled)
    content: dict[str, object] = {"v": VERSION, "salt": salt, "recalled": [list(lot) for lot in lots]}
    for kind, hashes in days.items():
        content[kind.value] = {day: b"".join(sorted(hashes[day])) for day in sorted(hashes)}
    claims = {
        ISSUER: issuer,
        EXPIRY: int(expires_at.timestamp()),
        ISSUED: int(issued_at.timestamp()),
        REVOCATIONS: content,
    }
    return write_sign1(cbor2.dumps(claims), signer, content_type=LIST_CONTENT_TYPE)


def read_revocation_list(data: bytes, trust: TrustList, *, at: datetime) -> RevocationList:
    """A list signed by one of the keys in `trust`: give the keys of the one issuer whose certificates it is to judge.

    A list past its `expires_at` is read all the same, for an old list still knows what was revoked then.
    Raises BadRevocationList.
    """
    if len(data) > MAX_BYTES:
        raise BadRevocationList(ListFault.CORRUPT)
    try:
        sign1 = read_sign1(data)
        key = find_signer(sign1, trust)
        revocations = _read_content(sign1)
    except BadHcert as bad:
        raise BadRevocationList(_FAULTS.get(bad.reason, ListFault.CORRUPT)) from None
    _check_dates(revocations, key, at=at)
    return revocations


def newest(held: RevocationList | None, offered: RevocationList) -> RevocationList:
    """The list to keep from now on. Raises RolledBack when the one offered was issued before the one held."""
    if held is not None and offered.issued_at < held.issued_at:
        raise RolledBack
    return offered


def _check_dates(revocations: RevocationList, key: TrustedKey, *, at: datetime) -> None:
    # A list of the future says that the clock here is behind: it is whole all the same, and so is its key.
    if not (key.is_current(revocations.issued_at) and key.is_current(max(at, revocations.issued_at))):
        raise BadRevocationList(ListFault.KEY_NOT_CURRENT)


def _read_content(sign1: Sign1) -> RevocationList:
    claims = plain_cbor.load(sign1.payload, step=Step.CLAIMS)
    if sign1.content_type != LIST_CONTENT_TYPE or not isinstance(claims, dict):
        raise _corrupt()
    issuer, content = claims.get(ISSUER), claims.get(REVOCATIONS)
    if not isinstance(issuer, str) or not isinstance(content, dict) or content.get("v") != VERSION:
        raise _corrupt()
    salt = content.get("salt")
    if not isinstance(salt, bytes):
        raise _corrupt()
    withdrawn: dict[bytes, Withdrawn] = {}
    for kind in Withdrawal:  # revoked last, for it outweighs replaced
        withdrawn |= _read_days(kind, content.get(kind.value, {}))
    return RevocationList(
        issuer=issuer,
        issued_at=read_instant(claims.get(ISSUED)),
        expires_at=read_instant(claims.get(EXPIRY)),
        salt=salt,
        withdrawn=withdrawn,
        recalled=_read_lots(content.get("recalled", [])),
    )


def _read_days(kind: Withdrawal, days: Plain) -> dict[bytes, Withdrawn]:
    if not isinstance(days, dict):
        raise _corrupt()
    withdrawn: dict[bytes, Withdrawn] = {}
    for day, hashes in days.items():
        if not isinstance(hashes, bytes) or len(hashes) % _PREFIX_BYTES:
            raise _corrupt()
        fact = Withdrawn(kind, _read_day(day))
        starts = range(0, len(hashes), _PREFIX_BYTES)
        withdrawn |= dict.fromkeys((hashes[start : start + _PREFIX_BYTES] for start in starts), fact)
    return withdrawn


def _read_lots(lots: Plain) -> dict[tuple[str, str], date]:
    if not isinstance(lots, list):
        raise _corrupt()
    recalled: dict[tuple[str, str], date] = {}
    for entry in lots:
        match entry:
            case [str(brand), str(lot), day]:
                recalled[brand, lot] = _read_day(day)
            case _:
                raise _corrupt()
    return recalled


def _read_day(number: Plain) -> date:
    if not isinstance(number, int) or not 0 <= number <= date.max.toordinal() - _EPOCH:
        raise _corrupt()
    return date.fromordinal(_EPOCH + number)


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH


def _hashed(certificate_id: UUID, salt: bytes) -> bytes:
    return sha256(salt + certificate_id.bytes).digest()[:_PREFIX_BYTES]


def _corrupt() -> BadRevocationList:
    return BadRevocationList(ListFault.CORRUPT)
