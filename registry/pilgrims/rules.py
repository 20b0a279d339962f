"""What a pilgrim's details may be. Pure: today comes in as an argument."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

import phonenumbers

from registry.campaigns.models import Campaign
from registry.errors import N_, Doubt, Refusal
from registry.pilgrims import phones
from registry.pilgrims.models import PilgrimDetails, Sex
from registry.pilgrims.names import LETTERS, NAME_FIELDS, TO_LATIN, dates_agree, script_of, sound_alike

_KEYBOARD = str.maketrans(LETTERS["keyboard"])
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))  # left by spreadsheets, never meant
_SEXES = frozenset(Sex)
_PLACEHOLDERS = frozenset(LETTERS["placeholders"])

MAX_NAME, MAX_PHONE, MAX_AGE, FIRST_PIN_YEAR = 60, 20, 120, 1900
PASSPORT = re.compile(r"[A-Z]{2}[0-9]{6,8}")
FOREIGN_PASSPORT = re.compile(r"(?=(?:[A-Z]*[0-9]){4})[A-Z0-9]{5,12}")
PIN = re.compile(r"[0-9]{14}")
LATIN_NAME = re.compile(r"[A-Z]+(?:[ '-][A-Z]+)*")


class NameMissing(Refusal):
    sentence = N_("The surname is missing. Write it as the passport has it.")


class NameTooLong(Refusal):
    sentence = N_("This name is longer than %(most)s letters. Write what fits, as the passport does.")


class NotAName(Refusal):
    sentence = N_("This is not a name: it holds %(found)s. Use letters, spaces, hyphens and apostrophes only.")


class PlaceholderName(Refusal):
    sentence = N_("“%(name)s” stands for a name that is not known. Write the name that the passport has.")


class LatinNameShape(Refusal):
    sentence = N_("The Latin name has letters that a passport's Latin name has not. Copy it from the passport: A to Z.")


class SingleLetterName(Doubt):
    sentence = N_("This name is a single letter. Look at the passport again; tick if it is right.")


class MixedAlphabets(Doubt):
    sentence = N_("“%(word)s” mixes Latin and Cyrillic letters. Type the word again; tick if the document has it so.")


class GivenNameMissing(Doubt):
    sentence = N_("The given name is missing. Tick if the passport has none.")


class LatinNameDiffers(Doubt):
    sentence = N_("The Latin and the Cyrillic name do not sound alike. Compare both with the passport; tick if right.")


class BirthMissing(Refusal):
    sentence = N_("The birth date is missing. Write the year at least.")
    field = "birth_on"


class BirthImpossible(Refusal):
    sentence = N_("This birth date is in the future or over 120 years ago. Write the date that the passport has.")
    field = "birth_on"


class TooYoungForCampaign(Doubt):
    sentence = N_(
        "This pilgrim will be under %(years)s years old at the Hajj. Check the birth date; tick if it is right."
    )
    field = "birth_on"


class SexMissing(Refusal):
    sentence = N_("Choose female or male, as the passport has it.")
    field = "sex"


class NationalityShape(Refusal):
    sentence = N_("Write the nationality as the three letters in the passport, for example KGZ.")
    field = "nationality"


class PassportShape(Refusal):
    sentence = N_("This is not a passport number. Write two Latin letters and 6 to 8 digits, for example PE0012345.")
    field = "passport_number"


class UnknownSeries(Doubt):
    sentence = N_("No Kyrgyz passport known here begins with %(series)s. Look at the passport again; tick if right.")
    field = "passport_number"


class PinShape(Refusal):
    sentence = N_("A PIN has 14 digits and begins with 1 or 2. Copy it from the passport, or leave it empty.")
    field = "pin"


class PinDateImpossible(Refusal):
    sentence = N_("Digits 2 to 9 of this PIN are no date that exists. Copy it from the passport, or leave it empty.")
    field = "pin"


class PinBirthDiffers(Doubt):
    sentence = N_(
        "This PIN says another birth date (%(in_pin)s). Compare both with the passport; tick if both are right."
    )
    field = "pin"


class PinSexDiffers(Doubt):
    sentence = N_("This PIN says the other sex. Compare both with the passport; tick if both are right.")
    field = "pin"


class PhoneIncomplete(Refusal):
    sentence = N_("This telephone number is not complete. Write it with its code, or leave it empty.")
    field = "phone"


class PhoneUnknown(Doubt):
    sentence = N_("No telephone is known to have such a number. Read it out once more; tick if it is right.")
    field = "phone"


def mask_pin(pin: str | None) -> str:
    """The last four digits: the others tell the birth date."""
    return f"{'•' * 10}{pin[-4:]}" if pin else ""


def mask_passport(number: str) -> str:
    return f"{'•' * (len(number) - 3)}{number[-3:]}"


def passport_candidates(text: str) -> list[str]:
    """What a passport number was meant to be, likeliest first: scanned on a Cyrillic layout, typed in look-alikes."""
    typed = re.sub(r"[\s№#-]", "", text.translate(_INVISIBLE)).upper()
    repaired = dict.fromkeys((typed, typed.translate(TO_LATIN), typed.translate(_KEYBOARD)))
    fitting = [number for number in repaired if PASSPORT.fullmatch(number)]
    fitting.sort(key=lambda number: number[:2] not in LETTERS["passport_series"])
    return fitting or [number for number in repaired if FOREIGN_PASSPORT.fullmatch(number)]


def typed(**values: Any) -> PilgrimDetails:
    """Details as somebody typed them: nothing is validated before `details_faults` has said all that is wrong."""
    return PilgrimDetails.model_construct(**values)


def normalise(details: PilgrimDetails) -> PilgrimDetails:
    """What was typed, tidied: spaces, composed letters, capitals, the one form of numbers. It decides nothing."""
    own = {field: tidy(getattr(details, field).replace("<", " ")) for field in NAME_FIELDS}
    passport = passport_candidates(details.passport_number) or [tidy(details.passport_number)]
    changes = {
        **{field: name.upper() if field.startswith("latin") else name for field, name in own.items()},
        "nationality": tidy(details.nationality).upper(),
        "passport_number": passport[0],
        "pin": re.sub(r"\s", "", tidy(details.pin or "")) or None,
        "phone": phones.to_international(tidy(details.phone or "")) or None,
    }
    return details.model_copy(update=changes)


def tidy(text: str) -> str:
    """Without invisible characters, outer and doubled spaces; й as one letter, not и and a breve."""
    plain = text if text.isascii() else unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return " ".join(plain.split())


def details_faults(details: PilgrimDetails, *, on: date) -> Iterator[Refusal]:
    """All that is wrong, or only looks wrong, with normalised details on a day."""
    yield from chain.from_iterable(_name_faults(field, getattr(details, field)) for field in NAME_FIELDS)
    yield from _alphabet_faults(details)
    yield from _birth_faults(details.birth_on, on=on)
    if details.sex not in _SEXES:
        yield SexMissing()
    if not re.fullmatch(r"[A-Z]{3}", details.nationality):
        yield NationalityShape()
    yield from _passport_faults(details)
    yield from _pin_faults(details)
    yield from _phone_faults(details.phone)


def campaign_faults(details: PilgrimDetails, campaign: Campaign) -> Iterator[Refusal]:
    """What the campaign says about who may travel."""
    if campaign.min_age_years is None or campaign.min_age_as_of is None or not details.birth_on:
        return
    if age_on(details.birth_on, campaign.min_age_as_of) < campaign.min_age_years:
        yield TooYoungForCampaign(years=campaign.min_age_years)


def age_on(birth_on: date, on: date) -> int:
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def _name_faults(field: str, name: str) -> Iterator[Refusal]:
    if not name:
        if field.endswith("surname"):
            yield NameMissing(field=field)
        return
    odd = None if name.isalpha() else _find_odd(name)
    if odd is not None:
        yield NotAName(field=field, found=odd if odd.isprintable() else f"U+{ord(odd):04X}")
    elif len(name) > MAX_NAME:
        yield NameTooLong(field=field, most=MAX_NAME)
    elif field.startswith("latin") and not LATIN_NAME.fullmatch(name):
        yield LatinNameShape(field=field)
    elif name.casefold() in _PLACEHOLDERS:
        yield PlaceholderName(field=field, name=name)
    elif len(name) == 1:
        yield SingleLetterName(field=field)
    # Letters of ASCII are all Latin.
    for word in () if name.isascii() else re.split("[ -]", name):
        if len({script_of(letter) for letter in word if letter.isalpha()} & {"LATIN", "CYRILLIC", "GREEK"}) > 1:
            yield MixedAlphabets(field=field, word=word)


def _find_odd(name: str) -> str | None:
    return next((c for c in name if not (c.isalpha() or unicodedata.category(c) == "Mn" or c in " -'’ʼʻ`.")), None)


def _alphabet_faults(details: PilgrimDetails) -> Iterator[Refusal]:
    if details.surname and not details.given_name:
        yield GivenNameMissing(field="given_name")
    latin = (details.latin_surname, details.latin_given_name)
    if all(latin) and details.surname and details.given_name:
        own = (details.surname, details.given_name)
        # Some passports divide the words of "Асан уулу Бакыт" otherwise: compared as a whole before it is a doubt.
        if not all(map(sound_alike, latin, own)) and not sound_alike(" ".join(latin), " ".join(own)):
            yield LatinNameDiffers(field="latin_surname")


def _birth_faults(birth_on: date | None, *, on: date) -> Iterator[Refusal]:
    if birth_on is None:
        yield BirthMissing()
    elif not 0 <= age_on(birth_on, on) <= MAX_AGE:
        yield BirthImpossible()


def _passport_faults(details: PilgrimDetails) -> Iterator[Refusal]:
    number = details.passport_number
    if details.nationality != "KGZ":
        if not FOREIGN_PASSPORT.fullmatch(number):
            yield PassportShape()
    elif not PASSPORT.fullmatch(number):
        yield PassportShape()
    elif number[:2] not in LETTERS["passport_series"]:
        yield UnknownSeries(series=number[:2])


def _pin_faults(details: PilgrimDetails) -> Iterator[Refusal]:
    """No check digit: no public rule is known. Sex and date only raise doubts: PINs with wrong ones were issued."""
    pin = details.pin
    if pin is None:
        return
    if not PIN.fullmatch(pin) or (pin[0] not in "12" and details.nationality == "KGZ"):
        yield PinShape()
        return
    in_pin = _date_in(pin)
    if in_pin is None:
        yield PinDateImpossible()
        return
    if details.birth_on and not dates_agree(in_pin, details.birth_on, details.birth_precision):
        yield PinBirthDiffers(in_pin=in_pin)
    if details.sex in _SEXES and pin[0] in "12" and (pin[0] == "1") != (details.sex is Sex.FEMALE):
        yield PinSexDiffers()


def _date_in(pin: str) -> date | None:
    try:
        found = date(int(pin[5:9]), int(pin[3:5]), int(pin[1:3]))
    except ValueError:
        return None
    return found if found.year >= FIRST_PIN_YEAR else None


def _phone_faults(phone: str | None) -> Iterator[Refusal]:
    if not phone:
        return
    number = (phones.parse(phone) if phone.startswith("+") else None) or phonenumbers.PhoneNumber()
    if not phonenumbers.is_possible_number(number) or len(phone) > MAX_PHONE:
        yield PhoneIncomplete()
    elif not phonenumbers.is_valid_number(number):
        yield PhoneUnknown()
