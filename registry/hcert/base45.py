"""Base45 (RFC 9285): two bytes as three of the 45 characters a QR code stores in its alphanumeric mode."""

import struct
from collections.abc import Iterator

from registry.hcert.reasons import BadHcert, Reason, Step

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_FOREIGN = 255
_CHARACTERS = ALPHABET.encode().ljust(256)
# Of each byte of ASCII text its value; what encoding replaces, ? for any letter of elsewhere, is foreign too.
_DIGITS = bytes(ALPHABET.find(chr(byte)) & _FOREIGN for byte in range(256))


def encode(data: bytes) -> str:
    """Text of 3 characters for every 2 bytes, 2 for a last odd byte."""
    pairs = len(data) // 2
    digits = bytearray(3 * pairs)
    digits[::3], digits[1::3], digits[2::3] = _divide(data[: 2 * pairs])
    if len(data) % 2:
        middle, low = divmod(data[-1], 45)
        digits += bytes((low, middle))
    return digits.translate(_CHARACTERS).decode()


def _divide(data: bytes) -> Iterator[bytes]:
    """The three digits of every two bytes, the lowest first.

    One long number holds all values, four bytes for each, so that an operation divides them all: to multiply by the
    reciprocal and cut off gives the true quotient of each value up to 65,535, and none runs over into its neighbour.
    """
    pairs = len(data) // 2
    lanes = bytearray(4 * pairs)
    lanes[::4], lanes[1::4] = data[1::2], data[::2]
    whole, mask = int.from_bytes(lanes, "little"), int.from_bytes(b"\xff\x07\0\0" * pairs, "little")
    upper = whole * 46_604 >> 21 & mask
    high = upper * 1_457 >> 16 & mask
    return (digits.to_bytes(4 * pairs, "little")[::4] for digits in (whole - 45 * upper, upper - 45 * high, high))


def decode(text: str) -> bytes:
    """The bytes, or BadHcert for a foreign character, a lonely last character, or a group above its range."""
    digits = text.encode("ascii", "replace").translate(_DIGITS)
    whole, rest = divmod(len(digits), 3)
    groups = zip(digits[: 3 * whole : 3], digits[1::3], digits[2::3], strict=False)
    values = [low + 45 * middle + 2025 * high for low, middle, high in groups]
    last = digits[-2] + 45 * digits[-1] if rest == 2 else 0  # noqa: PLR2004 -- one byte in two characters
    if _FOREIGN in digits or rest == 1 or max(values, default=0) > 0xFFFF or last > 0xFF:  # noqa: PLR2004
        raise BadHcert(Step.BASE45, Reason.NOT_BASE45)
    return struct.pack(f">{whole}H", *values) + (bytes([last]) if rest else b"")
