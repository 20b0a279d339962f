"""What the trust network demands of a country's certificates before it lists them.

Source: WHO smart-trust, concepts_certificate_governance.md, and the tests of tng-participant-template. What can only be
judged over all certificates of a country (unique names, serial numbers and key ids) is not judged here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from registry.hcert.trust import Role
from registry.hcert.usage import UNREADABLE_EXTENSIONS

_YEAR = timedelta(days=365)
_LEAP_DAY = timedelta(days=1)
MIN_AUTHORITY_EC_BITS, MIN_AUTHORITY_RSA_BITS, MIN_SIGNER_RSA_BITS = 256, 3072, 2048

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class Fault(StrEnum):
    """Stable codes of the rules that a certificate can break; RULES says them in words."""

    UNREADABLE = "unreadable"
    NO_NAME = "no_name"
    WRONG_COUNTRY = "wrong_country"
    NOT_AN_AUTHORITY = "not_an_authority"
    LONGER_CHAINS = "longer_chains"
    CANNOT_SIGN_CERTIFICATES = "cannot_sign_certificates"
    CANNOT_SIGN = "cannot_sign"
    NO_KEY_IDENTIFIER = "no_key_identifier"
    WEAK_KEY = "weak_key"
    WRONG_LIFE = "wrong_life"
    NOT_SIGNED_BY_AUTHORITY = "not_signed_by_authority"
    ANOTHER_AUTHORITY_KEY = "another_authority_key"
    OUTLIVES_AUTHORITY = "outlives_authority"
    NOT_FOR_CLIENTS = "not_for_clients"


RULES: Mapping[Fault, str] = {
    Fault.UNREADABLE: "It must be a well-formed X.509 certificate.",
    Fault.NO_NAME: "Its subject must have a common name (CN).",
    Fault.WRONG_COUNTRY: "Its subject must name one country (C), the participant's own.",
    Fault.NOT_AN_AUTHORITY: "It must be marked as an authority (basic constraints, CA).",
    Fault.LONGER_CHAINS: "It must allow no further authority below it (path length 0).",
    Fault.CANNOT_SIGN_CERTIFICATES: "Its key usage must include the signing of certificates.",
    Fault.CANNOT_SIGN: "Its key usage must include digital signatures.",
    Fault.NO_KEY_IDENTIFIER: "It must carry the identifier of its key (SKI).",
    Fault.WEAK_KEY: "Its key must be of a kind and a size that the network accepts.",
    Fault.WRONG_LIFE: "It must live as long as the network wants: an authority 2 to 4 years, a client 1 to 2.",
    Fault.NOT_SIGNED_BY_AUTHORITY: "It must be signed by the country's authority (SCA).",
    Fault.ANOTHER_AUTHORITY_KEY: "Its authority key identifier (AKI) must be that of the authority's key.",
    Fault.OUTLIVES_AUTHORITY: "It must not live longer than its authority.",
    Fault.NOT_FOR_CLIENTS: "Its extended key usage must include client authentication.",
}


@dataclass(frozen=True, slots=True)
class _Case:
    certificate: x509.Certificate
    country: str
    sca: x509.Certificate | None

    def find(self, kind: type[_Extension]) -> _Extension | None:
        return _find(self.certificate, kind)


def faults(
    certificate: x509.Certificate, role: Role, *, country: str, sca: x509.Certificate | None = None
) -> list[Fault]:
    """The rules that this certificate breaks; none: it may be handed in. `country` is ISO 3166-1 alpha-2.

    A DSC is judged together with its `sca`; without one it counts as not signed by it. Roles without rules of their own
    (DECA, DESC) have no faults.
    """
    case = _Case(certificate, country, sca)
    try:
        return [fault for fault, holds in _RULES_OF.get(role, ()) if not holds(case)]
    except (*UNREADABLE_EXTENSIONS, UnsupportedAlgorithm):
        return [Fault.UNREADABLE]


def _has_name(case: _Case) -> bool:
    return any(str(name.value).strip() for name in case.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def _has_country(case: _Case) -> bool:
    countries = case.certificate.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)
    return [country.value for country in countries] == [case.country]


def _is_authority(case: _Case) -> bool:
    constraints = case.find(x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _ends_chains(case: _Case) -> bool:
    constraints = case.find(x509.BasicConstraints)
    return constraints is not None and constraints.path_length == 0


def _signs_certificates(case: _Case) -> bool:
    usage = case.find(x509.KeyUsage)
    return usage is not None and usage.key_cert_sign


def _signs(case: _Case) -> bool:
    usage = case.find(x509.KeyUsage)
    return usage is not None and usage.digital_signature


def _has_key_identifier(case: _Case) -> bool:
    return case.find(x509.SubjectKeyIdentifier) is not None


def _is_strong_authority(case: _Case) -> bool:
    match case.certificate.public_key():
        case ec.EllipticCurvePublicKey(key_size=size):
            return size >= MIN_AUTHORITY_EC_BITS
        case rsa.RSAPublicKey(key_size=size):
            return size >= MIN_AUTHORITY_RSA_BITS
    return False


def _is_strong_signer(case: _Case) -> bool:
    match case.certificate.public_key():
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return True
        case rsa.RSAPublicKey(key_size=size):
            return size >= MIN_SIGNER_RSA_BITS
    return False


def _lives(shortest: timedelta, longest: timedelta) -> Callable[[_Case], bool]:
    def holds(case: _Case) -> bool:
        life = case.certificate.not_valid_after_utc - case.certificate.not_valid_before_utc
        return shortest <= life <= longest + _LEAP_DAY

    return holds


def _is_signed_by_authority(case: _Case) -> bool:
    if case.sca is None:
        return False
    try:
        case.certificate.verify_directly_issued_by(case.sca)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _names_authority_key(case: _Case) -> bool:
    named = case.find(x509.AuthorityKeyIdentifier)
    own = None if case.sca is None else _find(case.sca, x509.SubjectKeyIdentifier)
    return named is not None and own is not None and named.key_identifier == own.key_identifier


def _ends_with_authority(case: _Case) -> bool:
    return case.sca is not None and case.certificate.not_valid_after_utc <= case.sca.not_valid_after_utc


def _is_for_clients(case: _Case) -> bool:
    usages = case.find(x509.ExtendedKeyUsage)
    return usages is not None and ExtendedKeyUsageOID.CLIENT_AUTH in usages


def _find(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


_Rule = tuple[Fault, Callable[[_Case], bool]]
_SUBJECT: list[_Rule] = [(Fault.NO_NAME, _has_name), (Fault.WRONG_COUNTRY, _has_country)]
_CLIENT: list[_Rule] = [(Fault.CANNOT_SIGN, _signs), (Fault.WRONG_LIFE, _lives(_YEAR, 2 * _YEAR))]
_RULES_OF: Mapping[Role, list[_Rule]] = {
    Role.SCA: [
        *_SUBJECT,
        (Fault.NOT_AN_AUTHORITY, _is_authority),
        (Fault.LONGER_CHAINS, _ends_chains),
        (Fault.CANNOT_SIGN_CERTIFICATES, _signs_certificates),
        (Fault.NO_KEY_IDENTIFIER, _has_key_identifier),
        (Fault.WEAK_KEY, _is_strong_authority),
        (Fault.WRONG_LIFE, _lives(2 * _YEAR, 4 * _YEAR)),
    ],
    Role.DSC: [
        *_SUBJECT,
        (Fault.CANNOT_SIGN, _signs),
        (Fault.WEAK_KEY, _is_strong_signer),
        (Fault.NOT_SIGNED_BY_AUTHORITY, _is_signed_by_authority),
        (Fault.ANOTHER_AUTHORITY_KEY, _names_authority_key),
        (Fault.OUTLIVES_AUTHORITY, _ends_with_authority),
    ],
    Role.UP: _CLIENT,
    Role.TLS: [*_CLIENT, (Fault.NOT_FOR_CLIENTS, _is_for_clients)],
}
