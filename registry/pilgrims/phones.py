"""Telephone numbers: read as people write them in Kyrgyzstan, kept in the one international form."""

import re
from functools import lru_cache

import phonenumbers


def to_international(text: str) -> str:
    """The number in E.164; what is none stays as it was typed."""
    # Spreadsheets drop the plus sign.
    number = f"+{text}" if re.fullmatch(r"996[0-9]{9}", re.sub(r"\D", "", text)) and not text.startswith("+") else text
    parsed = parse(number)
    return text if parsed is None else phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=16)
def parse(number: str) -> phonenumbers.PhoneNumber | None:
    """Kept for a moment: what was just normalised is judged next."""
    try:
        return phonenumbers.parse(number, "KG")
    except phonenumbers.NumberParseException:
        return None
