"""The envelope of a health certificate: HC1: + base45(zlib(COSE_Sign1(claims))), sealed and opened.

WHO smart-trust, hcert_spec.md 1.1.1. Each stage is a function of its own, so that published
vectors can be compared stage by stage.
"""

import zlib
from dataclasses import dataclass

import cbor2

from registry.hcert import base45
from registry.hcert.claims import Claims, read_claims, write_claims
from registry.hcert.cose import LIST_CONTENT_TYPE, Sign1, read_sign1, write_sign1
from registry.hcert.reasons import BadHcert, Reason, Step
from registry.hcert.signer import Signer

PREFIX = "HC1:"
MAX_CHARACTERS = 4296  # what the largest QR symbol holds (version 40, level L, alphanumeric)
MAX_INFLATED_BYTES = 16 * 1024
_MEMORY = 5  # zlib's tables for a few hundred bytes: to clear its usual ones takes longer than to pack
_BEGIN = 3  # characters of base45 for the two bytes with which a stream begins


@dataclass(frozen=True, slots=True)
class Hcert:
    """A decoded certificate. Nothing in it is believed until `verify` has seen the signature."""

    sign1: Sign1
    claims: Claims


def encode(claims: Claims, signer: Signer) -> str:
    """The text of the QR code; its signature is made by `signer`."""
    sign1 = write_sign1(cbor2.dumps(write_claims(claims)), signer)
    stream = zlib.compressobj(9, memLevel=_MEMORY)
    return PREFIX + base45.encode(stream.compress(sign1) + stream.flush())


def decode(text: str) -> Hcert:
    """Text to claims, the signature not yet checked. Raises BadHcert and nothing else."""
    sign1 = read_sign1(inflate(_unwrap(text)))
    return Hcert(sign1, open_claims(sign1))


def open_claims(sign1: Sign1) -> Claims:
    """The claims of a signed message that does not say of itself to be something else."""
    if sign1.content_type == LIST_CONTENT_TYPE:
        raise BadHcert(Step.CLAIMS, Reason.REVOCATION_LIST)
    return read_claims(sign1.payload)


def strip_prefix(text: str) -> str:
    """What follows HC1:. Only a line end is trimmed: what else people paste is for the reader to take off."""
    if not text.startswith(PREFIX):
        raise BadHcert(Step.PREFIX, Reason.WRONG_PREFIX)
    if len(text) > MAX_CHARACTERS + len("\r\n"):
        raise BadHcert(Step.PREFIX, Reason.TOO_LONG)
    return text.removeprefix(PREFIX).rstrip("\r\n")


def can_be_unpacked(text: str) -> bool:
    """Whether a text, which begins with HC1:, is whole: a quick look at how it begins, then the checksum."""
    begin = text[len(PREFIX) : len(PREFIX) + _BEGIN]
    try:
        return len(begin) == _BEGIN and _begins_stream(base45.decode(begin)) and bool(inflate(_unwrap(text)))
    except BadHcert:
        return False


def may_go_on(text: str) -> bool:
    """Whether a text, which begins with HC1:, may be the beginning of a code: nothing of it is wrong so far."""
    groups = (len(text) - len(PREFIX)) // _BEGIN
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(base45.decode(text[len(PREFIX) :][: groups * _BEGIN]), MAX_INFLATED_BYTES + 1)
    except (BadHcert, zlib.error):
        return False
    return not stream.eof and len(inflated) <= MAX_INFLATED_BYTES


def _unwrap(text: str) -> bytes:
    return base45.decode(strip_prefix(text))


def _begins_stream(head: bytes) -> bool:
    """RFC 1950: the method is deflate, and the two bytes are a multiple of 31."""
    return head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head) % 31 == 0


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
