"""JSON as it is kept: letters as they are, no spaces. The bytes are those of the standard library."""

import json
from typing import Any

import msgspec

_DEPTH = 8  # a certificate's facts nest four deep in the log's content
_fast, _fast_sorted = msgspec.json.Encoder().encode, msgspec.json.Encoder(order="sorted").encode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _nested(depth: int) -> Any:
    """The type of a value that holds nothing but texts, whole numbers, truth and nothing."""
    plain: Any = str | int | bool | None
    for _level in range(depth):
        plain = str | int | bool | list[plain] | dict[str, plain] | None
    return plain


# What msgspec writes as the standard library does. A class of its own: any other type is taken apart at each use.
_Plain: Any = msgspec.defstruct("_Plain", [("value", _nested(_DEPTH))])


def write(value: Any, *, sort_keys: bool = False) -> bytes:
    """UTF-8. Raises TypeError for what is no JSON value, UnicodeEncodeError for half a letter (a lone surrogate).

    msgspec needs a tenth of the time. It spells floats otherwise and takes identifiers and dates as well, so that it is
    asked only where there are none: the hashes of the immunization log are taken over these bytes, for ever.
    """
    try:
        if msgspec.convert({"value": value}, _Plain).value == value:  # a set is taken for a list
            return (_fast_sorted if sort_keys else _fast)(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        pass  # not plain, too large a number, too deep, half a letter: the standard library decides
    return (_encode_sorted if sort_keys else _encode)(value).encode()
