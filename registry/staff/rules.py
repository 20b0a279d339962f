"""Passwords, one-time codes and throttling: pure decisions."""

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

import pyotp

from registry.errors import N_, Refusal
from registry.staff.guessing import count_guesses
from registry.staff.models import Staff

MIN_PASSWORD, MAX_PASSWORD = 12, 128
FEWEST_GUESSES = 10**10  # zxcvbn's highest score: safe also where the hashes were stolen

WINDOW = timedelta(minutes=15)  # failures older than this are forgotten
FREE_FAILURES = 4
LONGEST_DELAY_HERE = timedelta(minutes=5)  # this user from this address, or in this browser
LONGEST_DELAY_ANYWHERE = timedelta(seconds=10)  # this user from anywhere, this address for anyone: slowed, never locked
ONE_TIME_FOR = timedelta(days=1)  # how long a one-time password opens the door (OWASP ASVS 6.4.1)
ONE_TIME_FOR_TRAINING = timedelta(days=7)  # a course may begin on Monday
TIME_FOR_CODE = timedelta(minutes=10)  # between the password and the code
KNOWN_FOR = timedelta(days=30)  # who signed in here so lately is not slowed by others' failures
# Failures of the whole installation: 70 nurses mistype some twenty in such a time, a spray of guesses thousands.
MOST_ANYWHERE, ANYWHERE_WINDOW = 1000, timedelta(minutes=5)
# Three codes hold at once: 20 guesses find one with a chance of 0.006 %; 8,640 a day, as before, with 2.6 %.
MOST_WRONG_CODES, CODES_WINDOW = 20, timedelta(days=1)


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


class PresentPasswordWrong(Refusal):
    sentence = N_("This is not your present password. Try again.")
    field = "current_password"


class OneTimePasswordExpired(Refusal):
    sentence = N_("This one-time password is too old. Ask your administrator for a new one.")


class CodeRefused(Refusal):
    sentence = N_("This code is not right, or it was used before. Wait for the next code and write that one.")
    field = "code"


class TooManyWrongCodes(Refusal):
    sentence = N_(
        "Too many wrong codes were written for this account today. Use a recovery code, or ask your administrator to "
        "reset your second factor."
    )
    field = "code"


class SecondFactorUnreadable(Refusal):
    sentence = N_("Your second factor can no longer be read here. Ask your administrator to reset it.")


class TooManyAttempts(Refusal):
    sentence = N_("Too many attempts. Wait %(seconds)s seconds and try again.")


class UsernameTaken(Refusal):
    sentence = N_("This user name is taken. Choose another one.")
    field = "username"


def password_faults(password: str, *, username: str) -> Iterator[Refusal]:
    """Length and guessability; no rules about kinds of characters (OWASP ASVS 6.2.5)."""
    if len(password) < MIN_PASSWORD:
        yield PasswordTooShort(minimum=MIN_PASSWORD)
    elif len(password) > MAX_PASSWORD:
        yield PasswordTooLong(maximum=MAX_PASSWORD)
    elif count_guesses(password, username=username) < FEWEST_GUESSES:
        yield PasswordTooCommon()


def seconds_to_wait(failures: int, last: datetime | None, *, longest: timedelta, at: datetime) -> int:
    """Doubling delay after the free failures: 2, 4, 8 ... seconds since the last one, up to `longest`."""
    if failures <= FREE_FAILURES or last is None:
        return 0
    delay = min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 20)), longest)
    return max(0, ceil((last + delay - at).total_seconds()))


def needs_code(staff: Staff, second_factor_at: datetime | None) -> bool:
    """True while a session is half open: the password was right, the code is still to come."""
    return staff.totp_secret is not None and second_factor_at is None


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step whose code this is: the present one or a neighbour (RFC 6238, 5.2). `secret` is base32.

    Whether a step was used before is the database's to say: pyotp's own `verify` accepts a code twice.
    """
    totp = pyotp.TOTP(secret)
    present = totp.timecode(at)
    steps = (present - 1, present, present + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())), None)
