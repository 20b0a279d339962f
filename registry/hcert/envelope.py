"""The envelope of a health certificate: HC1: + base45(zlib(COSE_Sign1(claims))), sealed and opened.

WHO smart-trust, hcert_spec.md 1.1.1; COSE is RFC 9052. Each stage is a function of its own, so that published
vectors can be compared stage by stage.
"""

import zlib
from dataclasses import dataclass

import cbor2

from registry.hcert import base45, plain_cbor
from registry.hcert.claims import Claims, read_claims, write_claims
from registry.hcert.plain_cbor import Plain
from registry.hcert.reasons import BadHcert, Reason, Step
from registry.hcert.signer import Algorithm, Signer

PREFIX = "HC1:"
MAX_CHARACTERS = 4296  # what the largest QR symbol holds (version 40, level L, alphanumeric)
MAX_INFLATED_BYTES = 16 * 1024

SIGN1_TAG = 18
# The tags 61 (CWT) and 18 (COSE_Sign1) as they stand before an untagged COSE_Sign1, in this order.
_TAG_BYTES = (b"\xd8\x3d", b"\xd2")
_ALG, _CRIT, _KID = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 taken apart; `protected` and `payload` are the bytes as received, over which is signed."""

    algorithm: Algorithm
    kid: bytes
    protected: bytes
    payload: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Hcert:
    """A decoded certificate. Nothing in it is believed until `verify` has seen the signature."""

    sign1: Sign1
    claims: Claims


def encode(claims: Claims, signer: Signer) -> str:
    """The text of the QR code; its signature is made by `signer`."""
    protected = cbor2.dumps({_ALG: int(signer.algorithm), _KID: signer.kid})
    payload = cbor2.dumps(write_claims(claims))
    signature = signer.sign(to_be_signed(protected, payload))
    sign1 = cbor2.dumps(cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, signature]))
    return PREFIX + base45.encode(zlib.compress(sign1, 9))


def decode(text: str) -> Hcert:
    """Text to claims, the signature not yet checked. Raises BadHcert and nothing else."""
    sign1 = read_sign1(inflate(base45.decode(strip_prefix(text))))
    return Hcert(sign1, read_claims(sign1.payload))


def strip_prefix(text: str) -> str:
    """What follows HC1:. Only line ends are trimmed, for a space may be the last character of base45."""
    text = text.rstrip("\r\n")
    if not text.startswith(PREFIX):
        raise BadHcert(Step.PREFIX, Reason.WRONG_PREFIX)
    if len(text) > MAX_CHARACTERS:
        raise BadHcert(Step.PREFIX, Reason.TOO_LONG)
    return text.removeprefix(PREFIX)


def inflate(data: bytes) -> bytes:
    """The content of one complete zlib stream of at most 16 KiB."""
    stream = zlib.decompressobj()
    try:
        # One byte more than allowed tells a bomb from a full house without unpacking it.
        inflated = stream.decompress(data, MAX_INFLATED_BYTES + 1)
    except zlib.error:
        raise BadHcert(Step.INFLATE, Reason.NOT_COMPRESSED) from None
    if len(inflated) > MAX_INFLATED_BYTES:
        raise BadHcert(Step.INFLATE, Reason.TOO_LARGE)
    if not stream.eof or stream.unused_data:
        raise BadHcert(Step.INFLATE, Reason.NOT_COMPRESSED)
    return inflated


def read_sign1(data: bytes) -> Sign1:
    """A COSE_Sign1, tagged 18, tagged 61 and 18, or without a tag; headers may be protected or not."""
    for tag in _TAG_BYTES:
        data = data.removeprefix(tag)
    match plain_cbor.load(data, step=Step.COSE):
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            algorithm, kid = _read_headers(_read_protected(protected), unprotected)
            return Sign1(algorithm, kid, protected, payload, signature)
    raise BadHcert(Step.COSE, Reason.NOT_SIGNED)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """COSE's Sig_structure: what the signature really covers."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


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
    if not isinstance(algorithm, int) or algorithm not in tuple(Algorithm):
        raise BadHcert(Step.COSE, Reason.UNSUPPORTED_ALGORITHM)
    if not isinstance(kid, bytes) or not kid:
        raise BadHcert(Step.COSE, Reason.NO_KEY_ID)
    return Algorithm(algorithm), kid
