"""Telephone numbers: read as people write them in Kyrgyzstan, kept in the one international form."""

import re
from functools import lru_cache

import phonenumbers

# What nearly everybody has, as it is kept: there is nothing to look for in it. A 0 would be the country's own prefix.
_KYRGYZ = re.compile(r"\+996([1-9][0-9]{8,9})")


def to_international(text: str) -> str:
    """The number in E.164; what is none stays as it was typed."""
    # Spreadsheets drop the plus sign.
    bare = not text.startswith("+") and re.fullmatch(r"996[0-9]{9}", re.sub(r"\D", "", text))
    parsed = parse(f"+{text}" if bare else text)
    return text if parsed is None else phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=16)
def parse(number: str) -> phonenumbers.PhoneNumber | None:
    """Kept for a moment: what was just normalised is judged next."""
    if plain := _KYRGYZ.fullmatch(number):
        return phonenumbers.PhoneNumber(country_code=996, national_number=int(plain[1]))
    try:
        return phonenumbers.parse(number, "KG")
    except phonenumbers.NumberParseException:
        return None
