"""Reads the trust list of the WHO's network (GDHCN, version 2): a DID document with a key per entry.

Tolerant where real lists are odd (936 of 937 published keys follow the rule, and one does not), strict about what it
keeps. Whether the document itself is genuine (its `proof`) is not decided here.
"""

import binascii
import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from registry.hcert.trust import BrokenChain, PublicKey, Role, TrustedKey, TrustList, trust_certificate

_ROLES = {role.value: role for role in Role} | {"CSCA": Role.SCA}  # the id says SCA where the usage says #CSCA


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
            skipped.append((_name(entry, number), str(error)))
            if isinstance(error, BrokenChain):
                broken_chains.add(_read_kid(entry["publicKeyJwk"]))
    return TrustList(tuple(keys), tuple(skipped), frozenset(broken_chains))


def _read_entry(entry: object, source: str) -> TrustedKey:
    if not isinstance(entry, Mapping):
        msg = "a reference to another list"
        raise TypeError(msg)
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
    msg = f"a key of the kind {jwk.get('kty')} {jwk.get('crv', '')}"
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


def _name(entry: object, number: int) -> str:
    return str(entry.get("id", number)) if isinstance(entry, Mapping) else str(entry)
