"""The slowest and largest answers that a stranger's text can get out of the codec: `python -m tests.fuzz.worst`.

The promise is 50 ms and 32 MiB for any text. What keeps it is not this measurement but the caps it leans on: length of
text, inflated size, depth, keys tried. Time is the processor's, so that a busy machine measures the same; memory what
Python and the decoders hold at the peak of one check.
"""

import statistics
import sys
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import cbor2
from click import echo
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from registry.hcert import Algorithm, TrustList, base45, new_key, verify
from registry.hcert.base45 import ALPHABET
from registry.hcert.cose import MAX_RSA_BITS, write_sign1
from registry.hcert.envelope import MAX_CHARACTERS, MAX_INFLATED_BYTES, PREFIX
from registry.hcert.plain_cbor import MAX_DEPTH
from registry.hcert.trust import MAX_SIGNERS_OF_ONE_KID
from tests.fuzz.readers import NOW, SIGNER, TRUST, UP_TO_CONTENT, seal

TIMES = 20
ROOM = MAX_INFLATED_BYTES - 200  # what headers and signature leave to a payload
(KEY,) = TRUST.keys


class RsaSigner:
    """Signs with the largest key that counts."""

    kid, algorithm = KEY.kid, Algorithm.PS256

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=MAX_RSA_BITS)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())


def texts() -> Iterator[tuple[str, str, TrustList]]:
    """What to try, the text, and the keys to try it with."""
    chance = Random(1)
    noise = "".join(chance.choices(ALPHABET, k=MAX_CHARACTERS))
    yield "a megabyte of text", "x" * 2**20, TRUST
    yield "a megabyte of line ends", PREFIX + "\n" * 2**20, TRUST
    yield "the longest text, noise", PREFIX + noise[len(PREFIX) :], TRUST
    yield "the longest base45", PREFIX + base45.encode(chance.randbytes(2860)), TRUST
    yield "a bomb", PREFIX + base45.encode(zlib.compress(bytes(2_000_000), 9)), TRUST
    for name, message in {
        "many small numbers": b"\x99\x3f\x00" + bytes(0x3F00),
        "many empty lists": b"\x99\x3f\x00" + b"\x80" * 0x3F00,
        "many empty maps": b"\x99\x3f\x00" + b"\xa0" * 0x3F00,
        "many empty texts": b"\x99\x3f\x00" + b"\x60" * 0x3F00,
        "many floats": b"\x99\x07\x00" + (b"\xfb" + b"\x40" * 8) * 0x700,
        "many dates": b"\x99\x1f\x00" + b"\xc1\x00" * 0x1F00,
        "maps of many keys": cbor2.dumps(dict.fromkeys(range(1500), 0)),
        "lists within lists": (b"\x81" * (MAX_DEPTH - 1) + b"\x00") * 900,
        "deeper than allowed": b"\x81" * 16000,
        "endless lists, never ended": b"\x9f" * 16000,
        "endless bytes in small pieces": b"\x5f" + b"\x41x" * 8000 + b"\xff",
        "endless text in small pieces": b"\x7f" + b"\x61x" * 8000 + b"\xff",
        "a length that lies": b"\x9b\x00\x00\x00\x7f\xff\xff\xff\xff",
        "bytes whose length lies": b"\x5b\x00\x00\x00\x7f\xff\xff\xff\xff",
    }.items():
        yield f"message: {name}", seal(message), TRUST
        yield f"claims, signed: {name}", seal(write_sign1(message[:ROOM], SIGNER)), TRUST
        yield f"content, signed: {name}", seal(write_sign1(UP_TO_CONTENT + message[:ROOM], SIGNER)), TRUST
    doses = [{"vp": "x", "dt": "2026-01-01", "bo": "x"}] * (ROOM // 25 - 4)
    many = cbor2.dumps({"n": "x", "dob": "2026", "v": doses})
    yield "content, signed: as many doses as fit", seal(write_sign1(UP_TO_CONTENT + many, SIGNER)), TRUST
    rsa_signer = RsaSigner()
    keys = [
        replace(KEY, public_key=rsa.generate_private_key(public_exponent=65537, key_size=MAX_RSA_BITS).public_key())
    ]
    signed = seal(write_sign1(UP_TO_CONTENT + b"\xa0", rsa_signer))
    yield "every key of one kid, the largest RSA", signed, TrustList(tuple(keys) * MAX_SIGNERS_OF_ONE_KID)
    strangers = tuple(replace(KEY, public_key=new_key().public_key()) for _ in range(MAX_SIGNERS_OF_ONE_KID))
    yield "every key of one kid, P-256", seal(write_sign1(UP_TO_CONTENT + b"\xa0", SIGNER)), TrustList(strangers)


def processor_time(text: str, trust: TrustList) -> float:
    started = time.process_time()
    verify(text, trust, at=NOW)
    return (time.process_time() - started) * 1000


def main() -> int:
    worst_time = worst_memory = 0.0
    for name, text, trust in texts():
        verification = verify(text, trust, at=NOW)
        milliseconds = statistics.median(processor_time(text, trust) for _ in range(TIMES))
        tracemalloc.start()
        verify(text, trust, at=NOW)
        mebibytes = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        worst_time, worst_memory = max(worst_time, milliseconds), max(worst_memory, mebibytes)
        echo(f"{milliseconds:7.2f} ms {mebibytes:6.2f} MiB  {verification.reason or 'valid':24} {name}")
    echo(f"worst: {worst_time:.2f} ms, {worst_memory:.2f} MiB")
    return int(worst_time > 50 or worst_memory > 32)


if __name__ == "__main__":
    sys.exit(main())
