"""Reads what an administrator brings: a foreign list, and the key that its proof must fit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from registry.hcert import BadTrustList, TrustList, read_trust_list
from registry.hcert.did import read_proof_key
from registry.hcert.proof import BadProof, verify_proof
from registry.trust.rules import ProofRefused, UnreadableList, UnreadableProofKey

MAX_BYTES = 16 * 1024 * 1024  # ten times the network's largest list of today


@dataclass(frozen=True)
class ForeignList:
    """A list whose proof was found good. `created_at` is when the proof was made; `proof_key` as stored."""

    did: str
    created_at: datetime
    document: bytes
    digest: str
    proof_key: str
    keys: TrustList


def read_key(content: bytes) -> ec.EllipticCurvePublicKey:
    """A P-256 key from did.json, JWK or PEM (a public key or a certificate). Raises UnreadableProofKey."""
    try:
        if content.lstrip().startswith(b"-----BEGIN CERTIFICATE"):
            return _p256(x509.load_pem_x509_certificate(content).public_key())
        if content.lstrip().startswith(b"-----BEGIN"):
            return _p256(load_pem_public_key(content))
        document = json.loads(content)
        if isinstance(document, dict) and "kty" in document:
            document = {"verificationMethod": [{"publicKeyJwk": document}]}
        return read_proof_key(json.dumps(document))
    except (ValueError, RecursionError):
        raise UnreadableProofKey from None


def read_list(content: bytes, key: ec.EllipticCurvePublicKey) -> ForeignList:
    """The whole of a list that the holder of `key` signed. Raises UnreadableList or ProofRefused."""
    document = _load(content)
    try:
        verify_proof(document, key)
        created = _instant(document["proof"]["created"])
        keys = read_trust_list(content, source=document["id"])
    except BadProof as bad:
        raise ProofRefused(why=bad) from None
    except BadTrustList as bad:
        raise UnreadableList(why=bad) from None
    if not keys.keys:
        raise UnreadableList(why="none of its keys can be used")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return ForeignList(document["id"], created, content, sha256(content).hexdigest(), sha256(der).hexdigest(), keys)


def _load(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise UnreadableList(why=f"it has more than {MAX_BYTES // 2**20} MiB")
    try:
        document = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UnreadableList(why="it is not JSON") from None
    if not isinstance(document, dict):
        raise UnreadableList(why="it is not an object")
    return document


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name given twice one reader takes the first and another the last: what was signed would be in doubt."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name given twice")
    return found


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableList(why="its proof does not say when it was made") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _p256(key: object) -> ec.EllipticCurvePublicKey:
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise UnreadableProofKey
