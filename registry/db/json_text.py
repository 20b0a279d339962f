"""JSON as columns keep it: letters as they are, no spaces."""

from typing import Any

from registry import plain_json


class JsonText(str):
    """JSON that is written already: a column takes it as it is."""

    __slots__ = ()


def to_json(value: Any) -> str:
    """The text of a column's value. Raises TypeError for what is no JSON value."""
    # An escaped Cyrillic letter takes six bytes, the letter itself two: a certificate's facts are a third shorter.
    return value if isinstance(value, JsonText) else plain_json.write(value).decode()
