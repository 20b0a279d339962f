"""What a correction must bring along."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import IntEnum
from math import ceil
from typing import Any

from registry.errors import N_, Doubt, Refusal
from registry.pilgrims.models import PilgrimDetails, Sex
from registry.pilgrims.names import NAME_FIELDS, births_agree, fold

SHORTEST_REASON = 3
LONGEST_REASON = 500
REPLACED_A_MINUTE = 3_000  # said to people before they confirm: a little less than is measured


class ReasonMissing(Refusal):
    sentence = N_("Write why the record is changed. The reason is kept and shown with the old and the new value.")
    field = "reason"


class ReasonTooLong(Refusal):
    sentence = N_("The reason is too long. Shorten it to %(most)s characters.")
    field = "reason"


class NothingChanged(Refusal):
    sentence = N_("Nothing differs from the record. Change what is wrong, then send the form again.")


class LotBeyondYourPoints(Refusal):
    sentence = N_(
        "This lot is also at vaccination points that are not yours, and one lot has one number everywhere. "
        "Ask the regional immunologist."
    )


class CertificatesWillBeReplaced(Doubt):
    sentence = N_(
        "Certificates in force that name this lot: %(count)s. All of them are replaced at once, in up to %(minutes)s "
        "min: leave the page open until it answers. Their pilgrims need the new paper."
    )

    def __init__(self, count: int) -> None:
        super().__init__(count=count, minutes=ceil(count / REPLACED_A_MINUTE))


class LotNotCounted(Refusal):
    sentence = N_(
        "The certificates that name this lot are still being counted. Nothing was changed. Wait a few seconds, "
        "then send the form again."
    )


def reason_faults(reason: str) -> Iterator[Refusal]:
    if len(reason.strip()) < SHORTEST_REASON:
        yield ReasonMissing()
    elif len(reason.strip()) > LONGEST_REASON:
        yield ReasonTooLong(most=LONGEST_REASON)


def change_faults(changes: Sequence[dict[str, Any]]) -> Iterator[Refusal]:
    if not changes:
        yield NothingChanged()


class ChangeOfPerson(Refusal):
    sentence = N_(
        "This would make another person of the record. Somebody was vaccinated under it, so compared with the first "
        "dose and the first certificate only one of these may change, also after the doses were withdrawn: name, "
        "birth date, sex, passport number, PIN. If somebody else was vaccinated, or the record was wrong from the "
        "beginning: register that person as a new pilgrim, examine them there, enter the doses there with their "
        "days, and withdraw the doses here."
    )


class ExaminationOfAnother(Refusal):
    sentence = N_(
        "The examination of %(on)s was made before two or more of these changed in this record: name, birth date, sex, "
        "passport number, PIN. No dose is given on it. Let the doctor examine the pilgrim again, then record the dose."
    )


class NameSlip(Doubt):
    sentence = N_(
        "The name differs a little from the first certificate. Compare it with the passport; tick if it was only a "
        "slip in typing."
    )
    field = "latin_surname"


class BirthSlip(Doubt):
    sentence = N_(
        "The birth date differs in one place from the first certificate. Compare it with the passport; tick if it was "
        "only a slip in typing."
    )
    field = "birth_on"


class PassportSlip(Doubt):
    sentence = N_(
        "The passport number differs in one place from the first certificate. Compare it with the passport; tick if it "
        "was only a slip in typing."
    )
    field = "passport_number"


class PinSlip(Doubt):
    sentence = N_(
        "The PIN differs in one place from the one first recorded. Compare it with the passport; tick if it was only a "
        "slip in typing."
    )
    field = "pin"


class PassportReissued(Doubt):
    sentence = N_(
        "This is another passport number than on the first certificate. Look at both passports, or at the note in the "
        "new one; tick if the same person has a new passport."
    )
    field = "passport_number"


class Change(IntEnum):
    """How far a fact is from what the first certificate said; what may be a slip or a new passport is asked about."""

    NONE = 0
    SLIP = 1
    REISSUED = 2
    SURNAME = 3  # a new surname with the same given name, as after a marriage
    OTHER = 4


LONG_WORD = 8  # in a word of so many letters two slips are still the same word
SHORT_WORD = 4  # in a shorter one a single letter makes another name
SLIPS_IN_A_NAME = 2
LONGEST_COMPARED = 100  # letters; the longest field of a person takes 60
DECADE = 10
_COLUMNS = {
    "name": NAME_FIELDS,
    "birth": ("birth_on", "birth_precision"),
    "sex": ("sex",),
    "passport": ("passport_number",),
    "pin": ("pin",),
}
_SLIPS: dict[str, type[Doubt]] = {"name": NameSlip, "birth": BirthSlip, "passport": PassportSlip, "pin": PinSlip}


def identity_faults(first: PilgrimDetails, now: PilgrimDetails, then: PilgrimDetails) -> Iterator[Refusal]:
    """What speaks against calling `then` the person who was vaccinated.

    `first`: the details at the first dose or on the first certificate; several small steps are one large one. `now`: as
    they stand; what a correction leaves alone, or sets back to what it was at first, is not held against it.
    """
    changes = compare(first, then)
    if not any(changes[fact] for fact, columns in _COLUMNS.items() if _differ(now, then, columns)):
        return
    whole = [fact for fact, change in changes.items() if change >= Change.SURNAME]
    asked = [fact for fact, change in changes.items() if change in {Change.SLIP, Change.REISSUED}]
    if len(whole) > 1 or (changes["passport"] is Change.REISSUED and not _goes_with_a_passport(first, changes)):
        yield ChangeOfPerson()
    elif len(whole) + len(asked) > 1:
        for fact in asked:
            yield PassportReissued() if changes[fact] is Change.REISSUED else _SLIPS[fact]()


def _goes_with_a_passport(first: PilgrimDetails, changes: Mapping[str, Change]) -> bool:
    """A new number stands alone, or beside a woman's new surname: beside a slip too it is another person's passport."""
    beside = {fact: change for fact, change in changes.items() if fact != "passport" and change is not Change.NONE}
    return not beside or (first.sex is Sex.FEMALE and beside == {"name": Change.SURNAME})


def examination_faults(examined: PilgrimDetails, now: PilgrimDetails, *, on: date) -> Iterator[Refusal]:
    """What a slip in typing hid does not count: the doctor saw this person. Two other facts are somebody else's."""
    if sum(change > Change.SLIP for change in compare(examined, now).values()) > 1:
        yield ExaminationOfAnother(on=on)


def _differ(one: PilgrimDetails, other: PilgrimDetails, columns: Sequence[str]) -> bool:
    return any(getattr(one, column) != getattr(other, column) for column in columns)


def compare(one: PilgrimDetails, other: PilgrimDetails) -> dict[str, Change]:
    """How far each of the five facts that make a person are apart."""
    return {
        "name": _name_change(one, other),
        "birth": _birth_change(one, other),
        "sex": Change.NONE if one.sex == other.sex else Change.OTHER,
        "passport": _number_change(one.passport_number, other.passport_number, otherwise=Change.REISSUED),
        "pin": _pin_change(one.pin, other.pin),
    }


def _name_change(one: PilgrimDetails, other: PilgrimDetails) -> Change:
    """The Latin and the Cyrillic name are one fact: the greater of their changes counts."""
    found = {
        _pair_change((one.latin_surname, one.latin_given_name), (other.latin_surname, other.latin_given_name)),
        _pair_change((one.surname, one.given_name), (other.surname, other.given_name)),
        _patronymic_change(one.patronymic, other.patronymic),
    }
    # After a marriage the rest of the name is what it was: a slip beside the new surname is another name.
    return Change.OTHER if {Change.SLIP, Change.SURNAME} <= found else max(found)


def _patronymic_change(one: str, other: str) -> Change:
    if one == other:
        return Change.NONE
    return Change.SLIP if not one or not other or _slips(one, other) is not None else Change.OTHER


def _pair_change(one: tuple[str, str], other: tuple[str, str]) -> Change:
    """Surname and given name of one alphabet."""
    if one == other:
        return Change.NONE
    # The surname in the field of the given name is a slip, whatever the order.
    if sorted(fold(" ".join(one)).split()) == sorted(fold(" ".join(other)).split()):
        return Change.SLIP
    surname, given_name = (_slips(*pair) for pair in zip(one, other, strict=True))
    if given_name is None:
        return Change.OTHER
    if surname is None:
        return Change.SURNAME if given_name == 0 else Change.OTHER
    return Change.SLIP if surname + given_name <= SLIPS_IN_A_NAME else Change.OTHER


def _slips(one: str, other: str) -> int | None:
    """How many slips in typing make one name of the other; None where they are two names."""
    if fold(one) == fold(other) or not one:  # the same in another spelling, or one that nobody wrote at first
        return 0
    found = _edits(one.casefold(), other.casefold())
    longest = max(len(one), len(other))
    most = 0 if longest < SHORT_WORD else 1 if longest < LONG_WORD else 2
    return found if found <= most else None


def _birth_change(one: PilgrimDetails, other: PilgrimDetails) -> Change:
    """A slip: day and month in each other's place, one digit, or the year beside; never another decade by a digit.

    To know more of a date is no change.
    """
    if births_agree(one, other):
        return Change.NONE
    before, after = one.birth_on, other.birth_on
    swapped = (before.year, before.day, before.month) == (after.year, after.month, after.day)
    digits = sum(a != b for a, b in zip(f"{before:%d%m%Y}", f"{after:%d%m%Y}", strict=True))
    years = abs(before.year - after.year)
    year_beside = years == 1 and (before.day, before.month) == (after.day, after.month)
    one_digit = digits == 1 and years < DECADE
    return Change.SLIP if swapped or year_beside or one_digit else Change.OTHER


def _pin_change(one: str | None, other: str | None) -> Change:
    """A PIN is for life: none is taken away. One that was not known is learnt."""
    if one is None or one == other:
        return Change.NONE
    return _number_change(one, other or "", otherwise=Change.OTHER)


def _number_change(one: str, other: str, *, otherwise: Change) -> Change:
    if one == other:
        return Change.NONE
    return Change.SLIP if _edits(one, other) == 1 else otherwise


def _edits(one: str, other: str) -> int:
    """Letters to change, add, drop, or let change places with their neighbour, to make one word of the other.

    A text that no field takes is not compared letter by letter: it costs the product of both lengths.
    """
    if max(len(one), len(other)) > LONGEST_COMPARED:
        return 0 if one == other else LONGEST_COMPARED
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, against in enumerate(other, start=1):
            least = min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], against):
                least = min(least, older[j - 2] + 1)
            row.append(least)
    return row[-1]
