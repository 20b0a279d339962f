"""The shape of a trust list whose proof covers all of it.

The proof is a signature over what the document means, not over its bytes, and that has a trap: a reader of linked data
silently drops whatever means nothing to it, so that such parts can be added without breaking the proof. A key in an
entry without a type, an entry whose id is no address, a second name for "participant" in a context of one's own: each
would bring a forged key past a good proof. Hence only documents are believed in which every word has its meaning.
"""

import re
from collections.abc import Mapping
from typing import Any

DID_CONTEXT = "https://www.w3.org/ns/did/v1"
JWS_CONTEXT = "https://w3id.org/security/suites/jws-2020/v1"
TRUST_CONTEXT = "https://smart.who.int/trust/tng-context/v1.jsonld"
CONTEXT_FILES = {
    DID_CONTEXT: "did-v1.json",
    JWS_CONTEXT: "jws-2020-v1.json",
    TRUST_CONTEXT: "tng-v1.json",
    "https://smart.who.int/trust/tng-context/v1-DEV.jsonld": "tng-v1-dev.json",
    "https://smart.who.int/trust/tng-context/v1-UAT.jsonld": "tng-v1-uat.json",
}
_STANDARD = [DID_CONTEXT, JWS_CONTEXT]
_CONTEXT_LISTS = [[*_STANDARD, context] for context in CONTEXT_FILES if context not in _STANDARD]
_DOCUMENT = {"@context", "id", "controller", "verificationMethod"}
_ENTRY = {"id", "type", "controller", "publicKeyJwk", "domain", "participant", "keyusage"}
_PROOF = {"type", "created", "nonce", "proofPurpose", "verificationMethod", "jws"}
_ADDRESS = re.compile(r"did:web:[A-Za-z0-9.:%_-]+(#[A-Za-z0-9+/=_-]+)?", re.ASCII)
_CODE = re.compile(r"#[A-Za-z0-9-]+", re.ASCII)
_DETACHED = re.compile(r"[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+", re.ASCII)


def is_covered(document: Mapping[str, Any]) -> bool:
    """Whether a proof over this document, itself left aside, covers every part of it."""
    match document:
        case {"@context": list(contexts), "id": own, "controller": controller, "verificationMethod": list(entries)}:
            return (
                set(document) - {"proof"} == _DOCUMENT
                and contexts in _CONTEXT_LISTS
                and _are_addresses(own, controller)
                and all(_are_addresses(entry) or _is_entry(entry) for entry in entries)
                and _say_one_thing_of_each_id(entries)
            )
    return False


def is_proof(proof: Any) -> bool:
    """Whether this is a detached signature of the network's kind, with nothing beside it."""
    match proof:
        case {"type": "JsonWebSignature2020", "proofPurpose": "assertionMethod", "jws": str(jws)}:
            return set(proof) == _PROOF and _are_texts(*proof.values()) and _DETACHED.fullmatch(jws) is not None
    return False


def _is_entry(entry: Any) -> bool:
    match entry:
        case {"type": "JsonWebKey2020", "id": own, "controller": controller, "publicKeyJwk": dict(jwk)}:
            codes = (entry.get("domain"), entry.get("participant"), entry.get("keyusage"))
            return (
                set(entry) == _ENTRY
                and _are_addresses(own, controller)
                and all(map(_is_code, codes))
                and all(_are_texts(*(part if isinstance(part, list) else [part])) for part in jwk.values())
            )
    return False


def _say_one_thing_of_each_id(entries: list[Any]) -> bool:
    # What two entries say of one id is one set of facts: nobody could tell which key goes with which country.
    seen: dict[str, object] = {}
    return all(seen.setdefault(entry["id"], entry) == entry for entry in entries if isinstance(entry, dict))


def _is_code(concept: Any) -> bool:
    match concept:
        case {"code": str(code)}:
            return set(concept) == {"code"} and _CODE.fullmatch(code) is not None
    return False


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) and value.isascii() for value in values)


def _are_addresses(*values: object) -> bool:
    return all(isinstance(value, str) and _ADDRESS.fullmatch(value) for value in values)
