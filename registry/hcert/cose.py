"""A signed message: COSE_Sign1 (RFC 9052), taken apart, put together, and its signature checked.

Health certificates and revocation lists are both such messages; what tells them apart is the content type, which only
a list states, and the claims they carry.
"""

from dataclasses import dataclass
from functools import lru_cache

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from registry.hcert import plain_cbor
from registry.hcert.plain_cbor import Plain
from registry.hcert.reasons import BadHcert, Reason, Step
from registry.hcert.signer import P256_SIGNATURE_BYTES, Algorithm, Signer, to_der
from registry.hcert.trust import TrustedKey, TrustList

LIST_CONTENT_TYPE = "application/x.revocation-list+cbor"
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 4096  # the largest keeps a check under a millisecond

SIGN1_TAG = 18
# The tags 61 (CWT) and 18 (COSE_Sign1) as they stand before an untagged COSE_Sign1, in this order.
_TAG_BYTES = (b"\xd8\x3d", b"\xd2")
_ALG, _CRIT, _CONTENT_TYPE, _KID = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 taken apart; `protected` and `payload` are the bytes as received, over which is signed.

    `content_type` counts only where it is protected.
    """

    algorithm: Algorithm
    kid: bytes
    protected: bytes
    payload: bytes
    signature: bytes
    content_type: Plain = None


def write_sign1(payload: bytes, signer: Signer, *, content_type: str | None = None) -> bytes:
    """The message with tag 18, algorithm and key id under protection, its signature made by `signer`."""
    protected = _write_protected(signer.algorithm, signer.kid, content_type)
    signature = signer.sign(to_be_signed(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, signature]))


@lru_cache(maxsize=8)
def _write_protected(algorithm: Algorithm, kid: bytes, content_type: str | None) -> bytes:
    """The same for all that one key signs."""
    headers: dict[int, Plain] = {_ALG: int(algorithm), _CONTENT_TYPE: content_type, _KID: kid}
    return cbor2.dumps({header: value for header, value in headers.items() if value is not None})


def read_sign1(data: bytes) -> Sign1:
    """A COSE_Sign1, tagged 18, tagged 61 and 18, or without a tag; headers may be protected or not."""
    for tag in _TAG_BYTES:
        data = data.removeprefix(tag)
    match plain_cbor.load(data, step=Step.COSE):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            headers = _read_protected(protected)
            algorithm, kid = _read_headers(headers, unprotected)
            return Sign1(algorithm, kid, protected, payload, signature, headers.get(_CONTENT_TYPE))
    raise BadHcert(Step.COSE, Reason.NOT_SIGNED)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """COSE's Sig_structure: what the signature really covers."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def find_signer(sign1: Sign1, trust: TrustList) -> TrustedKey:
    """The trusted key that made this signature: every key with its kid is tried."""
    candidates = trust.list_signers(sign1.kid)
    if not candidates:
        broken = sign1.kid in trust.broken_chains
        raise BadHcert(Step.KEY, Reason.BROKEN_CHAIN if broken else Reason.UNKNOWN_KEY)
    fitting = [key for key in candidates if _fits(key, sign1.algorithm)]
    if not fitting:
        raise BadHcert(Step.KEY, Reason.UNSUITABLE_KEY)
    for key in fitting:
        if is_signed_by(sign1, key):
            return key
    raise BadHcert(Step.SIGNATURE, Reason.WRONG_SIGNATURE)


def is_signed_by(sign1: Sign1, key: TrustedKey) -> bool:
    """Whether the signature over the received bytes is this key's."""
    message = to_be_signed(sign1.protected, sign1.payload)
    signature = sign1.signature
    try:
        if isinstance(key.public_key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(SHA256()), salt_length=SHA256.digest_size)
            key.public_key.verify(signature, message, pss, SHA256())
        elif len(signature) != P256_SIGNATURE_BYTES:
            return False
        else:
            key.public_key.verify(to_der(signature), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _fits(key: TrustedKey, algorithm: Algorithm) -> bool:
    if isinstance(key.public_key, rsa.RSAPublicKey):
        return algorithm is Algorithm.PS256 and MIN_RSA_BITS <= key.public_key.key_size <= MAX_RSA_BITS
    return algorithm is Algorithm.ES256 and isinstance(key.public_key.curve, ec.SECP256R1)


def _read_protected(protected: bytes) -> dict[int | str, Plain]:
    # RFC 9052 section 3 writes an empty header as a byte string without bytes.
    headers = plain_cbor.load(protected, step=Step.COSE) if protected else {}
    if not isinstance(headers, dict):
        raise BadHcert(Step.COSE, Reason.NOT_SIGNED)
    return headers


def _read_headers(protected: dict[int | str, Plain], unprotected: dict[int | str, Plain]) -> tuple[Algorithm, bytes]:
    if _CRIT in protected:
        raise BadHcert(Step.COSE, Reason.CRITICAL_HEADER)  # it lists headers one must understand: we know of none
    headers = unprotected | protected  # in both places: the protected one counts
    algorithm, kid = headers.get(_ALG), headers.get(_KID)
    if algorithm is None:
        raise BadHcert(Step.COSE, Reason.NO_ALGORITHM)
    if not isinstance(algorithm, int) or algorithm not in tuple(Algorithm):
        raise BadHcert(Step.COSE, Reason.UNSUPPORTED_ALGORITHM)
    if kid is None:
        raise BadHcert(Step.COSE, Reason.NO_KEY_ID)
    if not isinstance(kid, bytes) or not kid:  # ours has 8 bytes, the first of a digest; older issuers count theirs
        raise BadHcert(Step.COSE, Reason.WRONG_KEY_ID)
    return Algorithm(algorithm), kid
