"""Names in two alphabets: one skeleton to match them, keys to find them, the Kyrgyz order to sort them."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from registry.pilgrims.models import BirthPrecision, PilgrimDetails

LETTERS: Mapping[str, Any] = json.loads(files("registry.pilgrims").joinpath("data/letters.json").read_text("utf-8"))
NAME_FIELDS = ("latin_surname", "latin_given_name", "surname", "given_name", "patronymic")
PHONE_END = 4  # how many last digits of a telephone number people say
SHORTEST_PART = 3  # a shorter part of a name would match half the country
ALIKE = 2
PLACES = "0123456789abcdefghijklmnopqrstuvwxyz"
LONGEST_FOLDED = 400  # letters: a surname, a given name and a patronymic have 180 at most
TO_LATIN = str.maketrans(LETTERS["look_alikes"])
_TO_CYRILLIC = str.maketrans({latin: cyrillic for cyrillic, latin in LETTERS["look_alikes"].items() if cyrillic != "Ү"})
_SOUNDS = str.maketrans(LETTERS["sounds"])
_SPELLINGS: Mapping[str, str] = LETTERS["spellings"]
# `tc` is ц only where it is not the beginning of тч.
_SPELLING = re.compile("|".join(s if s != "tc" else "tc(?!h)" for s in sorted(_SPELLINGS, key=len, reverse=True)))


class _Places(dict[int, str]):
    """A letter's place in the Kyrgyz alphabet as one of 36 ASCII characters: every engine sorts them by bytes alike."""

    def __missing__(self, letter: int) -> str:
        return f"{{{chr(letter)}"


_PLACES = _Places(
    {ord(letter): place for letter, place in zip(LETTERS["alphabet"], PLACES, strict=True)} | {ord(" "): " "}
)


def fold(text: str) -> str:
    """One ASCII skeleton of a name for both alphabets: Жээнбеков, ZHEENBEKOV and Jeenbekov give `jenbekov`.

    For matching only, never shown or stored as a name. Words are separated by one space. Of a text too long for a name
    the beginning: it is refused elsewhere, and must not fill the memory of those folded before.
    """
    return _fold(text[:LONGEST_FOLDED])


@lru_cache(maxsize=50_000)
def _fold(text: str) -> str:
    words = (_one_alphabet(word) for word in re.split(r"[^\w'’ʼʻ`]+", unicodedata.normalize("NFC", text)))
    sounds = " ".join(words).casefold().translate(_SOUNDS)
    # Marks that no alphabet here knows come off their letter; what is left may be one that we know.
    plain = unicodedata.normalize("NFKD", sounds).translate(_SOUNDS).encode("ascii", "ignore").decode()
    spelled = _SPELLING.sub(lambda found: _SPELLINGS[found[0]], re.sub(r"[^a-z0-9 ]", "", plain))
    # A doubled letter is written once by half the clerks: Мээрим, MERIM. Digits (telephones) stay.
    return re.sub(r"([a-z])\1+", r"\1", " ".join(spelled.split()))


def _one_alphabet(word: str) -> str:
    """A word typed with a foreign look-alike, as it was meant: by the alphabet of most of its letters."""
    latin, cyrillic = (sum(script_of(letter) == script for letter in word) for script in ("LATIN", "CYRILLIC"))
    if not latin or not cyrillic:
        return word
    return word.upper().translate(TO_LATIN if latin > cyrillic else _TO_CYRILLIC)


@lru_cache(maxsize=1_000)
def script_of(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0] if letter.isalpha() else ""


def sound_alike(one: str, other: str) -> bool:
    """True when a transliterated name may be the other: at most two letters differ, in whatever order its words are."""
    skeletons = ("".join(sorted(fold(name).split())) for name in (one, other))
    return _distance(*skeletons) <= ALIKE


def _distance(one: str, other: str) -> int:
    """Letters to change, add or drop to make one word of the other (Levenshtein)."""
    if one == other:
        return 0
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, row = row, [i]
        for j, against in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != against)))
    return row[-1]


def search_keys(details: PilgrimDetails) -> set[str]:
    """Every ending of every folded word of a name, so that any part is a prefix of a key; telephone; likeness."""
    words = {word for field in NAME_FIELDS for word in fold(getattr(details, field)).split()}
    keys = {word[i:] for word in words for i in range(max(1, len(word) - SHORTEST_PART + 1))}
    if details.phone:
        number = details.phone.removeprefix("+")
        keys |= {number, number.removeprefix("996"), number[-PHONE_END:]}
    return keys | likeness_keys(details)


def likeness_keys(details: PilgrimDetails) -> set[str]:
    """What two records of one person share: birth year and name in either alphabet, or birth year and telephone.

    They hold a space, which no searched word does. The year alone, because some papers know no more.
    """
    shared = _whole_names(details) | ({details.phone} if details.phone else set())
    return {f"{details.birth_on.year} {value}" for value in shared}


def same_person(one: PilgrimDetails, other: PilgrimDetails) -> bool:
    """True when name and birth date do not speak against it."""
    return bool(_whole_names(one) & _whole_names(other)) and births_agree(one, other)


def _whole_names(details: PilgrimDetails) -> set[str]:
    """Surname and given name in either alphabet, folded, in whatever order the words stand."""
    pairs = ((details.surname, details.given_name), (details.latin_surname, details.latin_given_name))
    return {" ".join(sorted(" ".join(map(fold, pair)).split())) for pair in pairs}


def births_agree(one: PilgrimDetails, other: PilgrimDetails) -> bool:
    """True when both birth dates may be one: the less precise of the two decides."""
    least = max(one.birth_precision, other.birth_precision, key=[*BirthPrecision].index)
    return dates_agree(one.birth_on, other.birth_on, least)


def dates_agree(one: date, other: date, precision: BirthPrecision) -> bool:
    known = {BirthPrecision.DAY: 3, BirthPrecision.MONTH: 2, BirthPrecision.YEAR: 1}[precision]
    return one.timetuple()[:known] == other.timetuple()[:known]


def sort_name(surname: str, given_name: str) -> str:
    """A key in the order of the 36 Kyrgyz letters: ң after н, ө after о, ү after у; other alphabets follow."""
    text = unicodedata.normalize("NFC", f"{surname} {given_name}").casefold().replace("-", " ")
    return text.translate(_PLACES)
