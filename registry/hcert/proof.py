"""The proof on a trust list of the WHO's network: a signature over what the list means (JSON-LD), not over its bytes.

What is signed, under ES256: the SHA-256 of the canonical form of the proof, then that of the document (URDNA2015).
Reproduced on published lists; the suite is W3C JsonWebSignature2020. This module alone loads the JSON-LD library, which
takes a quarter of a second: import it only where a proof is made or checked.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from pyld import jsonld

from registry.hcert.list_shape import CONTEXT_FILES, is_covered, is_proof
from registry.hcert.signer import P256_SIGNATURE_BYTES, Algorithm, Signer, to_der

_HEADER = {"b64": False, "crit": ["b64"], "alg": "ES256"}


class BadProof(ValueError):  # noqa: N818 -- a fact, named like the house's refusals
    """The list is not what the holder of the key has signed; the message says what was found."""


def verify_proof(document: Mapping[str, Any], public_key: ec.EllipticCurvePublicKey) -> None:
    """Returns where every key in the document was signed by `public_key`; raises BadProof where not."""
    if not is_covered(document):
        msg = "the list has parts that its proof does not cover"
        raise BadProof(msg)
    header, signature = _open(document.get("proof"))
    try:
        public_key.verify(_as_der(signature), _message(document, document["proof"], header), ec.ECDSA(SHA256()))
    except InvalidSignature:
        msg = "the proof does not fit: the list was changed, or another key signed it"
        raise BadProof(msg) from None


def add_proof(document: Mapping[str, Any], signer: Signer, *, verification_method: str, at: datetime) -> dict[str, Any]:
    """The document with a proof made at an aware instant; verification_method is the address of the signer's key.

    The signature is in DER, as the WHO's own lists have it, so that one reader serves both.
    """
    if signer.algorithm is not Algorithm.ES256 or not is_covered(document):
        msg = "Only lists of the network's shape can be signed, and only with a P-256 key."
        raise ValueError(msg)
    proof = {
        "type": "JsonWebSignature2020",
        "created": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "nonce": secrets.token_urlsafe(24),
        "proofPurpose": "assertionMethod",
        "verificationMethod": verification_method,
    }
    header = _to_base64(json.dumps(_HEADER, separators=(",", ":")).encode())
    signature = _to_base64(to_der(signer.sign(_message(document, proof, header))))
    return {**document, "proof": {**proof, "jws": f"{header}..{signature}"}}


def _open(proof: Any) -> tuple[str, bytes]:
    """The header as it stands and the signature of a proof of the right kind."""
    msg = "the list has no proof of the kind that the network uses"
    if not is_proof(proof):
        raise BadProof(msg)
    header, _, signature = proof["jws"].split(".")
    try:
        if json.loads(_from_base64(header)) == _HEADER:
            return header, _from_base64(signature)
    except (ValueError, RecursionError):
        raise BadProof(msg) from None
    raise BadProof(msg)


def _message(document: Mapping[str, Any], proof: Mapping[str, Any], header: str) -> bytes:
    """What is signed: the header, a dot, and the two hashes."""
    bare_proof = {name: part for name, part in proof.items() if name != "jws"} | {"@context": document["@context"]}
    bare_document = {name: part for name, part in document.items() if name != "proof"}
    return header.encode() + b"." + _digest(bare_proof) + _digest(bare_document)


def _digest(document: Mapping[str, Any]) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load_context}
    return sha256(jsonld.normalize(document, options).encode()).digest()


def _load_context(address: str, _options: object) -> dict[str, Any]:
    """One of the packaged contexts, never one from a network."""
    text = files("registry.hcert").joinpath("data/contexts", CONTEXT_FILES[address]).read_text("utf-8")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": address,
        "document": json.loads(text),
    }


def _as_der(signature: bytes) -> bytes:
    """DER as it is; two numbers one after the other as DER. Some writers of these lists use the one, some the other."""
    return to_der(signature) if len(signature) == P256_SIGNATURE_BYTES else signature


def _from_base64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _to_base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
