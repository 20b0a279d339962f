"""What is signed: a CBOR web token (RFC 8392) with the health certificate under claim -260."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from math import floor
from uuid import UUID

from registry.hcert import plain_cbor
from registry.hcert.plain_cbor import Plain
from registry.hcert.reasons import BadHcert, Reason, Step

ISSUER, EXPIRY, NOT_BEFORE, ISSUED, CERTIFICATE_ID, HCERT = 1, 4, 5, 6, 7, -260
_LAST_SECOND = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
_UUID_BYTES = 16


class Kind(IntEnum):
    """The sub-claims of claim -260 that have a meaning (WHO smart-trust, hcert.fsh)."""

    EU_DCC = 1
    DDCC_VACCINATION = 3
    DDCC_TEST = 4
    LINK = 5
    DVC = -6


@dataclass(frozen=True, slots=True)
class Claims:
    """One certificate's claims. Instants are aware and whole seconds; content is the sub-claim as decoded.

    `kind` is None when claim -260 holds only sub-claims that nobody has assigned yet; content is then that whole map.
    """

    kind: Kind | None
    content: Plain
    issuer: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    not_before: datetime | None = None
    cti: bytes | None = None

    @property
    def certificate_id(self) -> UUID | None:
        """The identifier our registry gave, if claim 7 is a UUID."""
        return UUID(bytes=self.cti) if self.cti is not None and len(self.cti) == _UUID_BYTES else None


def write_claims(claims: Claims) -> dict[int, Plain]:
    """The CWT map, absent claims left out."""
    cwt: dict[int, Plain] = {
        ISSUER: claims.issuer,
        EXPIRY: _seconds(claims.expires_at),
        NOT_BEFORE: _seconds(claims.not_before),
        ISSUED: _seconds(claims.issued_at),
        CERTIFICATE_ID: claims.cti,
        HCERT: claims.content if claims.kind is None else {int(claims.kind): claims.content},
    }
    return {claim: value for claim, value in cwt.items() if value is not None}


def read_claims(payload: bytes) -> Claims:
    """The claims in a signed payload; BadHcert at step claims when they are not a health certificate's."""
    cwt = plain_cbor.load(payload, step=Step.CLAIMS)
    if not isinstance(cwt, dict):
        raise BadHcert(Step.CLAIMS, Reason.NOT_CLAIMS)
    kind, content = _read_kind(cwt.get(HCERT))
    issuer, cti = cwt.get(ISSUER), cwt.get(CERTIFICATE_ID)
    if not isinstance(issuer, str | None) or not isinstance(cti, bytes | None):
        raise BadHcert(Step.CLAIMS, Reason.WRONG_CLAIM)
    return Claims(
        kind=kind,
        content=content,
        issuer=issuer,
        issued_at=_find_instant(cwt, ISSUED),
        expires_at=_find_instant(cwt, EXPIRY),
        not_before=_find_instant(cwt, NOT_BEFORE),
        cti=cti,
    )


def _read_kind(hcert: Plain) -> tuple[Kind | None, Plain]:
    if not isinstance(hcert, dict) or not hcert:
        raise BadHcert(Step.CLAIMS, Reason.NO_HEALTH_CERTIFICATE)
    kinds = [kind for kind in Kind if kind in hcert]
    if not kinds:
        return None, hcert
    if len(kinds) > 1:
        raise BadHcert(Step.CLAIMS, Reason.SEVERAL_KINDS)
    content = hcert[kinds[0]]
    # A link circulates as text and as a list of objects; every other kind is a map.
    if not isinstance(content, str | list | dict if kinds[0] is Kind.LINK else dict):
        raise BadHcert(Step.CLAIMS, Reason.NO_HEALTH_CERTIFICATE)
    return kinds[0], content


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())


def _find_instant(cwt: dict[int | str, Plain], claim: int) -> datetime | None:
    value = cwt.get(claim)
    if value is None:
        return None
    # RFC 8392 allows fractions and several issuers write them; the second in which the instant lies counts.
    return read_instant(floor(value) if isinstance(value, float) and 0 <= value <= _LAST_SECOND else value)


def read_instant(value: Plain) -> datetime:
    """A NumericDate of whole seconds as an aware instant; BadHcert for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LAST_SECOND:
        raise BadHcert(Step.CLAIMS, Reason.WRONG_CLAIM)
    return datetime.fromtimestamp(value, UTC)
