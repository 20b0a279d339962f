"""Base45 (RFC 9285): two bytes as three of the 45 characters a QR code stores in its alphanumeric mode."""

from itertools import zip_longest
from struct import unpack

from registry.hcert.reasons import BadHcert, Reason, Step

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
# Two characters for what is left of two bytes after the first: a look-up is a third of the time of dividing again.
_PAIRS = [ALPHABET[rest % 45] + ALPHABET[rest // 45] for rest in range(0xFFFF // 45 + 1)]
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """Text of 3 characters for every 2 bytes, 2 for a last odd byte."""
    values = unpack(f">{len(data) // 2}H", data[: len(data) & ~1])
    text = "".join([ALPHABET[value % 45] + _PAIRS[value // 45] for value in values])
    if len(data) % 2:
        middle, low = divmod(data[-1], 45)
        text += ALPHABET[low] + ALPHABET[middle]
    return text


def decode(text: str) -> bytes:
    """The bytes, or BadHcert for a foreign character, a lonely last character, or a group above its range."""
    refusal = BadHcert(Step.BASE45, Reason.NOT_BASE45)
    try:
        digits = [_VALUES[character] for character in text]
    except KeyError:
        raise refusal from None
    if len(digits) % 3 == 1:
        raise refusal
    data = bytearray()
    for low, middle, high in zip_longest(digits[0::3], digits[1::3], digits[2::3]):
        size, value = (1, low + 45 * middle) if high is None else (2, low + 45 * middle + 2025 * high)
        if value >= 256**size:
            raise refusal
        data += value.to_bytes(size, "big")
    return bytes(data)
