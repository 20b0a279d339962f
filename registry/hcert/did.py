"""Reads and writes the trust list of the WHO's network (GDHCN, version 2): a DID document with a key per entry.

The reader is tolerant where real lists are odd (936 of 937 published keys follow the rule, and one does not), strict
about what it keeps. Whether the document itself is genuine (its `proof`) is decided in `proof`.
"""

import binascii
import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.hcert.list_shape import DID_CONTEXT, JWS_CONTEXT, TRUST_CONTEXT
from registry.hcert.signer import key_id
from registry.hcert.trust import BrokenChain, PublicKey, Role, TrustedKey, TrustList, trust_certificate

_ROLES = {role.value: role for role in Role} | {"CSCA": Role.SCA}  # the id says SCA where the usage says #CSCA


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """One certificate to publish, and the authority that signed it; `participant` is ISO 3166-1 alpha-3."""

    certificate: x509.Certificate
    authority: x509.Certificate | None
    participant: str
    role: Role


class BadTrustList(ValueError):  # noqa: N818 -- a fact, named like the house's refusals
    """The document is not a trust list at all; single bad entries are skipped instead."""


def read_trust_list(text: str | bytes, *, source: str) -> TrustList:
    """The keys of a did.json, expired ones with their dates; entries that cannot be used are named in `skipped`."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        msg = "not JSON"
        raise BadTrustList(msg) from None
    entries = document.get("verificationMethod") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        msg = "no list of keys (verificationMethod)"
        raise BadTrustList(msg)
    keys, skipped, broken_chains = [], [], set()
    for number, entry in enumerate(entries):
        try:
            keys.append(_read_entry(entry, source))
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # an entry of whatever shape
            skipped.append((_name(entry, number), _why(error)))
            if isinstance(error, BrokenChain):
                broken_chains.add(_read_kid(entry["publicKeyJwk"]))
    return TrustList(tuple(keys), tuple(skipped), frozenset(broken_chains))


def write_trust_list(entries: Iterable[ListedCertificate], *, did: str, domain: str, part: str = "") -> dict[str, Any]:
    """The document without its proof, in the shape of the network's own lists. ValueError for a key other than P-256.

    `did` is the whole list's address (did:web:...:v2:trustlist), `part` the filter where only a part of it is wanted
    ("DCC:KGZ:DSC", "-" standing for all), `domain` the trust domain without the # that lists put before it.
    """
    return {
        "@context": [DID_CONTEXT, JWS_CONTEXT, TRUST_CONTEXT],
        "id": f"{did}:{part}" if part else did,
        "controller": did,
        "verificationMethod": [_write_entry(entry, did, domain) for entry in entries],
    }


def read_proof_key(text: str | bytes) -> ec.EllipticCurvePublicKey:
    """The first P-256 key of a did.json, as the signer of a list publishes it. Raises BadTrustList."""
    try:
        key = _read_jwk(json.loads(text)["verificationMethod"][0]["publicKeyJwk"])
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        msg = "no P-256 key (verificationMethod, publicKeyJwk)"
        raise BadTrustList(msg)
    return key


def write_proof_key(public_key: ec.EllipticCurvePublicKey, *, did: str) -> dict[str, Any]:
    """The document that publishes the key of our lists' proofs, at the address that those proofs name."""
    jwk = {"kty": "EC", "crv": "P-256", **_write_point(public_key)}
    method = {"id": did, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk}
    return {"@context": [DID_CONTEXT, JWS_CONTEXT], "id": did, "controller": did, "verificationMethod": [method]}


def _write_entry(entry: ListedCertificate, did: str, domain: str) -> dict[str, Any]:
    kid = b64encode(key_id(entry.certificate)).decode()
    chain = [entry.certificate, *([entry.authority] if entry.authority else [])]
    jwk = {
        "kty": "EC",
        "kid": kid,
        "crv": "P-256",
        **_write_point(entry.certificate.public_key()),
        "x5c": [b64encode(certificate.public_bytes(Encoding.DER)).decode() for certificate in chain],
    }
    return {
        "id": f"{did}:{domain}:{entry.participant}:{entry.role.value}#{kid}",
        "type": "JsonWebKey2020",
        "controller": did,
        "publicKeyJwk": jwk,
        "domain": {"code": f"#{domain}"},
        "participant": {"code": f"#{entry.participant}"},
        "keyusage": {"code": "#CSCA" if entry.role is Role.SCA else f"#{entry.role.value}"},
    }


def _write_point(key: object) -> dict[str, str]:
    """Both coordinates as 32 bytes, which browsers insist on, whatever zeros lead them."""
    match key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
            x, y = (urlsafe_b64encode(half).decode().rstrip("=") for half in (point[:32], point[32:]))
            return {"x": x, "y": y}
    msg = "Only P-256 keys are published."
    raise ValueError(msg)


def _read_entry(entry: object, source: str) -> TrustedKey:
    if not isinstance(entry, Mapping):
        msg = "a reference to another list"
        raise ValueError(msg)  # noqa: TRY004 - what is wrong is the list's content
    jwk = entry["publicKeyJwk"]
    participant = _code(entry["participant"])
    role = _ROLES[_code(entry["keyusage"])]
    kid = _read_kid(jwk)
    match jwk.get("x5c"):
        # Preferred: the coordinates beside it are Java integers of 31 to 33 bytes.
        case [dsc, *authorities]:
            sca = b64decode(authorities[0]) if authorities else None
            key = trust_certificate(b64decode(dsc), source=source, sca=sca, participant=participant, kid=kid)
            return replace(key, role=role)
    return TrustedKey(kid=kid, public_key=_read_jwk(jwk), participant=participant, source=source, role=role)


def _read_kid(jwk: Mapping[str, str]) -> bytes:
    return b64decode(jwk["kid"], validate=True)


def _read_jwk(jwk: Mapping[str, str]) -> PublicKey:
    match jwk:
        case {"kty": "EC", "crv": "P-256", "x": x, "y": y}:
            return ec.EllipticCurvePublicNumbers(_integer(x), _integer(y), ec.SECP256R1()).public_key()
        case {"kty": "RSA", "n": n, "e": e}:
            return rsa.RSAPublicNumbers(_integer(e), _integer(n)).public_key()
    kind = " ".join(str(jwk[part]) for part in ("kty", "crv") if part in jwk)
    msg = f"a key of the kind {kind or 'unknown'}"
    raise ValueError(msg)


def _code(concept: Mapping[str, str] | str) -> str:
    # WHO's schema wants the plain string, its lists carry {"code": "#KGZ"}.
    code = concept if isinstance(concept, str) else concept["code"]
    return code.removeprefix("#")


def _integer(text: str) -> int:
    try:
        return int.from_bytes(urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)), "big")
    except binascii.Error:
        msg = "a coordinate that is not base64url"
        raise ValueError(msg) from None


def _why(error: Exception) -> str:
    match error:
        case KeyError(args=(part,)):
            return f"{part} is missing or unknown"
        case AttributeError() | TypeError():
            return "a part of another shape than the network's"
    return str(error)


def _name(entry: object, number: int) -> str:
    return str(entry.get("id", number)) if isinstance(entry, Mapping) else str(entry)
