"""CBOR reduced to what a certificate needs: no tags that build objects, no cycles, no surprises.

The decoder underneath accepts more than is safe from strangers: decimals whose printing fills the memory, regular
expressions, shared references that form a cycle, trailing bytes. All of that is refused here.
"""

from io import BytesIO
from math import isfinite
from typing import TypeAlias, TypeGuard

import cbor2

from registry.hcert.reasons import BadHcert, Reason, Step

Plain: TypeAlias = "bool | int | float | str | bytes | list[Plain] | dict[int | str, Plain] | None"

MAX_DEPTH = 16  # a vaccination certificate nests five deep

# Every tag the decoder would turn into an object by itself (cbor2 6.2); any other stays a CBORTag, which is not plain.
_OBJECT_TAGS = (2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
_DATE_TAGS = (0, 1)


def _refuse(_value: object, _immutable: bool) -> object:
    msg = "tag not allowed"
    raise ValueError(msg)


def _without_tag(value: object, _immutable: bool) -> object:
    return value


_DECODERS = dict.fromkeys(_OBJECT_TAGS, _refuse) | dict.fromkeys(_DATE_TAGS, _without_tag)


def load(data: bytes, *, step: Step) -> Plain:
    """The one value in `data`; date tags 0 and 1 are taken off, the text or number under them remains.

    Raises BadHcert(step, NOT_CBOR).
    """
    stream = BytesIO(data)
    try:
        value = cbor2.load(
            stream, semantic_decoders=_DECODERS, max_depth=MAX_DEPTH, allow_duplicate_keys=False, str_errors="strict"
        )
    # A decoder of strangers' bytes: what it documents, and what its native code and Python's numbers could add.
    except (cbor2.CBORError, ArithmeticError, TypeError, ValueError, MemoryError, RecursionError):
        raise BadHcert(step, Reason.NOT_CBOR) from None
    if stream.tell() != len(data) or not is_plain(value):
        raise BadHcert(step, Reason.NOT_CBOR)
    return value


def is_plain(value: object) -> TypeGuard[Plain]:
    """Whether a decoded value holds nothing but numbers, text, bytes, lists and maps keyed by number or text."""
    if isinstance(value, dict):
        return all(type(key) in (int, str) and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, (int, str, bytes))
