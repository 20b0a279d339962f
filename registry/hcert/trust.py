"""Whose signatures are believed: public keys of document signers, found by their kid."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import groupby, islice

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from registry.hcert.authority import is_training
from registry.hcert.countries import spellings_of
from registry.hcert.signer import key_id
from registry.hcert.usage import UNREADABLE_EXTENSIONS, Usage, usages_of

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
Period = tuple[datetime | None, datetime | None]

CLOCK_SKEW = timedelta(seconds=60)
# Eight bytes hardly ever collide by chance; a list made so that they do must not buy a thousand signature checks.
MAX_SIGNERS_OF_ONE_KID = 16


class Role(StrEnum):
    """What a listed key is for. Only a DSC signs health certificates."""

    DSC = "DSC"
    SCA = "SCA"
    DECA = "DECA"
    DESC = "DESC"
    TLS = "TLS"
    UP = "UP"


class UnusableCertificate(ValueError):  # noqa: N818 -- a fact, named like the house's refusals
    """An X.509 certificate that cannot be trusted; the message says why."""


class BrokenChain(UnusableCertificate):
    """A document signer that the authority beside it did not sign."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of a trust list.

    The period is the certificate's (narrowed to its authority's, when that is known) and None where a list gives a
    bare key; empty usages mean any content; participant is the country as its source spells it (KG, KGZ).
    authority_period is the authority's own, so that a refusal can say which of the two is out of date.
    """

    kid: bytes
    public_key: PublicKey
    participant: str
    source: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    usages: frozenset[Usage] = frozenset()
    training: bool = False
    role: Role = Role.DSC
    authority_period: Period = (None, None)

    @property
    def countries(self) -> frozenset[str]:
        """All spellings of its country's code; empty where its source states none."""
        return spellings_of(self.participant)

    def is_current(self, at: datetime) -> bool:
        """Whether certificate and authority are valid at this instant."""
        return is_within((self.not_before, self.not_after), at)


@dataclass(frozen=True)
class TrustList:
    """Keys, and what a source offered that could not be used, as (entry, why); kids of those with a broken chain."""

    keys: tuple[TrustedKey, ...] = ()
    skipped: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    broken_chains: frozenset[bytes] = frozenset()

    def __or__(self, other: "TrustList") -> "TrustList":
        return TrustList(self.keys + other.keys, self.skipped + other.skipped, self.broken_chains | other.broken_chains)

    def list_signers(self, kid: bytes) -> tuple[TrustedKey, ...]:
        """Every document signer with this kid: eight bytes may collide, so a verifier tries them all."""
        return self._signers.get(kid, ())

    @cached_property
    def countries(self) -> frozenset[str]:
        """Every spelling of every country that has a signer here."""
        return frozenset().union(*(key.countries for key in self.keys if key.role is Role.DSC))

    @cached_property
    def _signers(self) -> dict[bytes, tuple[TrustedKey, ...]]:
        signers = sorted((key for key in self.keys if key.role is Role.DSC), key=_kid)
        return {kid: tuple(islice(keys, MAX_SIGNERS_OF_ONE_KID)) for kid, keys in groupby(signers, key=_kid)}


def is_within(period: Period, at: datetime) -> bool:
    """Clocks may differ by a minute where a period begins, never at its end."""
    begins, ends = period
    return (begins is None or begins <= at + CLOCK_SKEW) and (ends is None or at <= ends)


def trust_certificates(certificates: Iterable[bytes], *, source: str, sca: bytes | None = None) -> TrustList:
    """A list of DSCs in DER or PEM, each checked against `sca` if one is given. Raises UnusableCertificate."""
    return TrustList(tuple(trust_certificate(dsc, source=source, sca=sca) for dsc in certificates))


def trust_certificate(
    dsc: bytes, *, source: str, sca: bytes | None = None, participant: str | None = None, kid: bytes | None = None
) -> TrustedKey:
    """One DSC in DER or PEM as a trusted key; participant and kid as a list states them, else the certificate's."""
    certificate = load_certificate(dsc)
    public_key = _public_key(certificate)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    authority_period: Period = (None, None)
    if sca is not None:
        authority = load_certificate(sca)
        _check_chain(certificate, authority)
        authority_period = authority.not_valid_before_utc, authority.not_valid_after_utc
        begins, ends = max(begins, authority.not_valid_before_utc), min(ends, authority.not_valid_after_utc)
    return TrustedKey(
        kid=kid or key_id(certificate),
        public_key=public_key,
        participant=_country(certificate) if participant is None else participant,
        source=source,
        not_before=begins,
        not_after=ends,
        usages=usages_of(certificate),
        training=is_training(certificate),
        authority_period=authority_period,
    )


def load_certificate(data: bytes) -> x509.Certificate:
    """A certificate from DER or PEM."""
    is_pem = data.lstrip().startswith(b"-----BEGIN")
    try:
        certificate = x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
        # The parser looks at names and dates only when asked, and may refuse them as late as that.
        _ = certificate.subject, certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (TypeError, ValueError, x509.InvalidVersion):
        msg = "not an X.509 certificate"
        raise UnusableCertificate(msg) from None
    return certificate


def _public_key(certificate: x509.Certificate) -> PublicKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"its key cannot be read: {error}"
        raise UnusableCertificate(msg) from None
    if not isinstance(key, PublicKey):
        msg = "its key is neither elliptic curve nor RSA"
        raise UnusableCertificate(msg)
    return key


def _check_chain(dsc: x509.Certificate, sca: x509.Certificate) -> None:
    if not _is_authority(sca):
        msg = "the authority beside it may not sign certificates"
        raise BrokenChain(msg)
    try:
        dsc.verify_directly_issued_by(sca)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        msg = "not signed by the authority it names"
        raise BrokenChain(msg) from None


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False
    except UNREADABLE_EXTENSIONS:
        return True  # oddly written, as some are; its signature still has to fit


def _country(certificate: x509.Certificate) -> str:
    countries = certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return str(countries[0].value) if countries else ""


def _kid(key: TrustedKey) -> bytes:
    return key.kid
