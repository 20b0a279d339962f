"""JSON as columns keep it: letters as they are, no spaces."""

import json
from typing import Any

# An escaped Cyrillic letter takes six bytes, the letter itself two: a certificate's facts are a third shorter.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JsonText(str):
    """JSON that is written already: a column takes it as it is."""

    __slots__ = ()


def to_json(value: Any) -> str:
    """The text of a column's value. Raises TypeError for what is no JSON value."""
    return value if isinstance(value, JsonText) else _encode(value)
