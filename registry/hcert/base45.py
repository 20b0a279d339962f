"""Base45 (RFC 9285): two bytes as three of the 45 characters a QR code stores in its alphanumeric mode."""

import struct
from functools import cache

from registry.hcert.reasons import BadHcert, Reason, Step

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_FOREIGN = 255
# Of each byte of ASCII text its value; what encoding replaces, ? for any letter of elsewhere, is foreign too.
_DIGITS = bytes(ALPHABET.find(chr(byte)) & _FOREIGN for byte in range(256))


def encode(data: bytes) -> str:
    """Text of 3 characters for every 2 bytes, 2 for a last odd byte."""
    values = struct.unpack(f">{len(data) // 2}H", data[: len(data) & ~1])
    groups = _groups()
    text = "".join([groups[value] for value in values])
    if len(data) % 2:
        middle, low = divmod(data[-1], 45)
        text += ALPHABET[low] + ALPHABET[middle]
    return text


@cache
def _groups() -> list[str]:
    """Three characters for each two bytes: to look up takes half the time of dividing. Only who encodes has it."""
    pairs = [ALPHABET[rest % 45] + ALPHABET[rest // 45] for rest in range(0xFFFF // 45 + 1)]
    return [ALPHABET[value % 45] + pairs[value // 45] for value in range(0xFFFF + 1)]


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
