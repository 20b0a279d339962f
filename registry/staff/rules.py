"""Passwords and throttling: pure decisions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from math import ceil

from registry.errors import N_, Refusal

MIN_PASSWORD, MAX_PASSWORD = 12, 128
CONTEXT_WORDS = ("registry", "vaccin", "hajj", "pilgrim", "password", "ministry", "bishkek", "эмдөө", "ажылык", "хадж")
COMMON = frozenset(files("registry.staff").joinpath("data/common_passwords.txt").read_text().split())

WINDOW = timedelta(minutes=15)  # failures older than this are forgotten
FREE_FAILURES = 4
LONGEST_DELAY_HERE = timedelta(minutes=5)  # this user from this address
LONGEST_DELAY_ANYWHERE = timedelta(seconds=10)  # this user from anywhere, this address for anyone: slowed, never locked
KNOWN_FOR = timedelta(days=30)  # who signed in here so lately is not slowed by others' failures


class PasswordTooShort(Refusal):
    sentence = N_("This password is too short. Use at least %(minimum)s characters; a few unrelated words are good.")
    field = "password"


class PasswordTooLong(Refusal):
    sentence = N_("This password is too long. Use at most %(maximum)s characters.")
    field = "password"


class PasswordTooCommon(Refusal):
    sentence = N_("This password is easy to guess. Choose words that have nothing to do with you or this work.")
    field = "password"


class SignInRefused(Refusal):
    sentence = N_("The user name or the password is not right. Check both and try again.")


class TooManyAttempts(Refusal):
    sentence = N_("Too many attempts. Wait %(seconds)s seconds and try again.")


class UsernameTaken(Refusal):
    sentence = N_("This user name is taken. Choose another one.")
    field = "username"


def password_faults(password: str, *, username: str) -> Iterator[Refusal]:
    """Length and guessability; no rules about kinds of characters (OWASP ASVS 6.2.5)."""
    folded = password.casefold()
    if len(password) < MIN_PASSWORD:
        yield PasswordTooShort(minimum=MIN_PASSWORD)
    elif len(password) > MAX_PASSWORD:
        yield PasswordTooLong(maximum=MAX_PASSWORD)
    elif folded in COMMON or len(set(folded)) < MIN_PASSWORD // 2 or _is_context_word(folded, username.casefold()):
        yield PasswordTooCommon()


def _is_context_word(password: str, username: str) -> bool:
    """Mostly a word an attacker would try first: what remains without it would be too short."""
    return any(len(password.replace(word, "")) < MIN_PASSWORD // 2 for word in (*CONTEXT_WORDS, username) if word)


def seconds_to_wait(failures: int, last: datetime | None, *, longest: timedelta, at: datetime) -> int:
    """Doubling delay after the free failures: 2, 4, 8 ... seconds since the last one, up to `longest`."""
    if failures <= FREE_FAILURES or last is None:
        return 0
    delay = min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 20)), longest)
    return max(0, ceil((last + delay - at).total_seconds()))
