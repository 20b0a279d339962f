"""JSON as it is kept: letters as they are, no spaces. The bytes are those of the standard library."""

import json
from typing import Any

import msgspec

_PLAIN = frozenset({str, int, bool, type(None)})
_NESTED = frozenset({dict, list})
_fast, _fast_sorted = msgspec.json.Encoder().encode, msgspec.json.Encoder(order="sorted").encode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def write(value: Any, *, sort_keys: bool = False) -> bytes:
    """UTF-8. Raises TypeError for what is no JSON value, UnicodeEncodeError for half a letter (a lone surrogate).

    msgspec needs a tenth of the time. It spells floats otherwise and takes identifiers and dates as well, so that it is
    asked only where there is nothing but texts, whole numbers, truth and nothing: the hashes of the immunization log
    are taken over these bytes, for ever.
    """
    try:
        if _is_plain(value):
            return (_fast_sorted if sort_keys else _fast)(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        pass  # too large a number, too deep, half a letter: the standard library decides
    return (_encode_sorted if sort_keys else _encode)(value).encode()


def _is_plain(value: Any) -> bool:
    if type(value) not in _NESTED:
        return type(value) in _PLAIN
    inner = value
    if type(value) is dict:
        if not set(map(type, value)) <= {str}:
            return False
        inner = value.values()
    kinds = set(map(type, inner))
    return kinds <= _PLAIN or (kinds <= _PLAIN | _NESTED and all(map(_is_plain, inner)))
