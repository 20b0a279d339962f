"""How many guesses a password takes for an attacker who knows the stolen lists, this country and this work."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from zxcvbn import zxcvbn

# What an attacker would try first here: places, first names, months and the words of this work, in Latin letters.
CONTEXT_WORDS = tuple(files("registry.staff").joinpath("data/context_words.txt").read_text().split())
ESTIMATED = 40  # characters: of 72 odd ones the estimate takes two seconds, and of a longer one it can only be higher

# A password in Cyrillic is estimated as it sounds and as the keys lie: the lists of stolen ones are Latin.
_SOUNDS = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэөүңё", "abvgdezijklmnoprstufyeoune", strict=True)),
        "ж": "zh",
        "х": "h",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "sh",
        "ъ": "",
        "ь": "",
        "ю": "yu",
        "я": "ya",
    }
)
_CYRILLIC_KEYS, _LATIN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_KEYS = str.maketrans(_CYRILLIC_KEYS, _LATIN_KEYS)
_KEYS_BACK = str.maketrans(_LATIN_KEYS, _CYRILLIC_KEYS)

# One word has many spellings in Latin letters (ajylyk, azhylyk, adzhilik): they are held against each other folded.
_FOLDS = [(re.compile(spelt), folded) for spelt, folded in (
    ("dzh|zh|dj", "j"), ("shch|sch|sh", "s"), ("ch|ts|tz|ck|k|q", "c"), ("kh|x", "h"), ("ph", "f"), ("w", "v"),
    ("y", "i"), (r"(.)\1+", r"\1"),
)]  # fmt: skip
_DISGUISES = str.maketrans("013457@$", "oieastas")
_DISGUISED = re.compile(r"(?<=[^\W\d_])[013457@$]+(?=[^\W\d_])")
_RUN = re.compile(r"[^\W\d_]+|\d+|[\W_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEARS, _MARKS, _REPEATED = 100, 10, 2  # guesses for a year, for a mark between words, for a part that was there before
_SHORTEST_WITHIN = 4  # letters of a word that is looked for within other letters


def count_guesses(password: str, *, username: str) -> float:
    """The fewest of all ways to find it: as zxcvbn does, and as words of this work put together."""
    written = password.casefold()[:ESTIMATED]
    sounds, keys, other_keys = (
        text[:ESTIMATED]
        for text in (
            written.translate(_SOUNDS),
            written.translate(_KEYS),
            written.translate(_KEYS_BACK).translate(_SOUNDS),
        )
    )
    known, words = [word for word in (username.casefold(), *CONTEXT_WORDS) if word], _words(username)
    found = [float(zxcvbn(spelling, user_inputs=known)["guesses"]) for spelling in {written, sounds, keys}]
    return min(found + [_put_together(spelling, words) for spelling in {sounds, keys, other_keys}])


def _put_together(spelling: str, words: frozenset[str]) -> float:
    """Guesses for known words, numbers and marks in any order: what is repeated or drawn out hides nothing."""
    plain = _DISGUISED.sub(lambda digits: digits[0].translate(_DISGUISES), spelling)
    guesses, before = 1.0, set[str]()
    for part in _parts(plain, words):
        guesses *= _REPEATED if part in before else _guesses_for(part, words)
        before.add(part)
    return guesses


def _guesses_for(part: str, words: frozenset[str]) -> float:
    if part in words:
        return len(words)
    if _YEAR.fullmatch(part):
        return _YEARS
    if not part.isalnum():
        return _MARKS
    return float(zxcvbn(part)["guesses"])


def _parts(spelling: str, words: frozenset[str]) -> Iterator[str]:
    for run in _RUN.findall(spelling):
        if run.isalpha():
            yield from _known_and_rest(_fold(run), words)
        elif run.isdigit():
            yield from filter(None, re.split(f"({_YEAR.pattern})", run))
        else:
            yield from run


def _known_and_rest(letters: str, words: frozenset[str]) -> Iterator[str]:
    """The longest known word among the letters, and what stands before and after it, in the same way."""
    if not letters or letters in words:
        yield from filter(None, [letters])
        return
    within = (word for word in words if len(word) >= _SHORTEST_WITHIN and word in letters)
    longest = max(within, key=lambda word: (len(word), word), default="")
    if not longest:
        yield letters
        return
    before, _, after = letters.partition(longest)
    yield from _known_and_rest(before, words)
    yield longest
    yield from _known_and_rest(after, words)


@cache
def _folded_context() -> frozenset[str]:
    return frozenset(_fold(word) for written in CONTEXT_WORDS for word in written.split("-"))


def _words(username: str) -> frozenset[str]:
    own = username.casefold().translate(_SOUNDS)
    return _folded_context() | {_fold(run) for run in _RUN.findall(own) if run.isalpha()}


def _fold(word: str) -> str:
    for spelt, folded in _FOLDS:
        word = spelt.sub(folded, word)
    return word
