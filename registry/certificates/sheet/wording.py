"""The sheet's fixed words, which an authority may change in `data/sheet.json`, and how dates and codes are spelt."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from registry.certificates.sheet.facts import Words

FIXED: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data" / "sheet.json").read_text("utf-8"))
LABELS: dict[str, Words] = FIXED["labels"]

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def spell_date(day: date, precision: str = "day") -> str:
    """23 DEC 2025, or as much as is known: the month in letters, so that no country reads it the other way round."""
    known = {"day": 3, "month": 2, "year": 1}[precision]
    return " ".join([f"{day.day:02d}", _MONTHS[day.month - 1], f"{day.year:04d}"][-known:])


def spell_code(code: str) -> str:
    """Twelve characters in groups of four: 7K3M-9QXD-2RTB."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def spell_term(kind: str, value: str) -> Words:
    """The words of a coded value, or the code itself where `sheet.json` has none: a sheet never hides a fact."""
    plain = value.replace("_", " ")
    words: Words = FIXED[kind].get(value, {"ky": plain, "ru": plain, "en": plain})
    return words


def join_words(words: Words, *languages: str) -> str:
    """The words of those languages that there are on one line, once only where languages share them."""
    return " · ".join(dict.fromkeys(words[language] for language in languages if language in words))
