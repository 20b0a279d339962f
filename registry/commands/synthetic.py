"""People who do not exist, for training, tests and measurements: always the same ones for the same seed."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from importlib.resources import files
from itertools import accumulate

from registry.errors import Refusal
from registry.pilgrims.models import PilgrimDetails, Sex

FIRST_ARRIVAL_ON = date(2026, 5, 11)
ARRIVAL_DAYS = 10
# Osh with its region sends several times more pilgrims than any other.
WEIGHTS = {"KG-O": 6.0, "KG-GO": 4.0, "KG-J": 2.5, "KG-B": 2.0, "KG-C": 2.0, "KG-GB": 2.0}
YOUNGEST, OLDEST, USUAL = 18, 88, 60  # years; most are 45 to 75
UULU_SHARE, PATRONYMIC_SHARE = 0.15, 0.8
# Nobody has such a passport or telephone: eight digits are one more than a passport's line has room for, and a number
# that begins so is a free call to an office, no person's.
PASSPORTS, PHONES = "PE9", "+996800"
PIN_SERIALS, PIN_BLOCKS = 100_000, 20
MOST = PIN_SERIALS * PIN_BLOCKS - 1
NAMES = json.loads(files("registry.commands").joinpath("data/synthetic_names.json").read_text("utf-8"))
# As the passport office writes them (ICAO 9303, with ң, ө, ү as N, O, U).
LATIN = str.maketrans(NAMES["latin"])


@dataclass(frozen=True)
class SyntheticPilgrim:
    number: int
    sex: Sex
    name: tuple[str, str, str]  # surname, given name, patronymic
    birth_on: date
    region_code: str
    arrival_on: date

    @cached_property
    def details(self) -> PilgrimDetails:
        """Made when they are asked for: a process that shares a cohort draws everybody, and registers its own."""
        surname, given_name, patronymic = self.name
        return PilgrimDetails(
            latin_surname=latin(surname),
            latin_given_name=latin(given_name),
            surname=surname,
            given_name=given_name,
            patronymic=patronymic,
            birth_on=self.birth_on,
            sex=self.sex,
            passport_number=f"{PASSPORTS}{self.number:07d}",
            pin=_pin(self.sex, self.birth_on, self.number),
            phone=f"{PHONES}{self.number:07d}",
        )


class TooManySynthetic(Refusal):
    sentence = "There are two million synthetic people at most. Begin with an empty database."


def synthetic_pilgrims(
    count: int, seed: int, regions: Sequence[str], *, first_arrival_on: date = FIRST_ARRIVAL_ON, after: int = 0
) -> Iterator[SyntheticPilgrim]:
    """`count` different people of these region codes, no two of whom are likely duplicates of each other.

    Their numbers begin after `after` and are nobody else's up to MOST. Raises TooManySynthetic beyond.
    """
    if after + count > MOST:
        raise TooManySynthetic
    draw = random.Random(seed)  # noqa: S311 - repeatable is what is wanted
    weights = list(accumulate(WEIGHTS.get(region, 1.0) for region in regions))
    taken: set[int] = set()  # hashes: names in full would fill the memory
    for number in range(after + 1, after + count + 1):
        sex = draw.choice([Sex.FEMALE, Sex.MALE])
        name = _name(draw, sex)
        births = ((day, hash((day, *name[:2]))) for day in _births(draw, number))
        birth_on, own = next((day, own) for day, own in births if own not in taken)
        taken.add(own)
        arrival_on = first_arrival_on + timedelta(days=draw.randrange(ARRIVAL_DAYS))
        region = draw.choices(regions, cum_weights=weights)[0]
        yield SyntheticPilgrim(number, sex, name, birth_on, region, arrival_on)


def latin(name: str) -> str:
    """A name as a passport's machine-readable zone has it."""
    return name.lower().translate(LATIN).upper()


def _name(draw: random.Random, sex: Sex) -> tuple[str, str, str]:
    """(surname, given name, patronymic): Russian endings for most; "уулу" or "кызы" for some, without a patronymic."""
    given_name, father = draw.choice(NAMES[sex]), draw.choice(NAMES["fathers"])
    if draw.random() < UULU_SHARE:
        return f"{father} {'уулу' if sex is Sex.MALE else 'кызы'}", given_name, ""
    surname = draw.choice(NAMES["surnames"]) + ("" if sex is Sex.MALE else "а")
    ending = "ович" if sex is Sex.MALE else "овна"
    return surname, given_name, f"{father}{ending}" if draw.random() < PATRONYMIC_SHARE else ""


def _births(draw: random.Random, number: int) -> Iterator[date]:
    """Birth dates, for ever. Who shares the serial of a PIN never shares the day."""
    while True:
        age = draw.triangular(YOUNGEST, OLDEST, USUAL)
        day = FIRST_ARRIVAL_ON.toordinal() - round(age * 365.25)
        yield date.fromordinal(day - day % PIN_BLOCKS + number // PIN_SERIALS)


def _pin(sex: Sex, birth_on: date, number: int) -> str:
    """Well-formed; the serial number is the synthetic person's own."""
    return f"{1 if sex is Sex.FEMALE else 2}{birth_on:%d%m%Y}{number % PIN_SERIALS:05d}"
