"""How far two statements about a person are apart, and when they are statements about two people. Pure."""

from collections.abc import Iterable
from enum import IntEnum

from registry.pilgrims.models import BirthPrecision, PilgrimDetails
from registry.pilgrims.names import births_agree, fold


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
# Facts that may be unknown at first; the birth date, of which less or more is known, is one too.
_LEARNT = ("surname", "given_name", "patronymic", "latin_given_name", "pin")
_COARSEST_FIRST = [BirthPrecision.YEAR, BirthPrecision.MONTH, BirthPrecision.DAY]


def another_person(one: PilgrimDetails, other: PilgrimDetails) -> bool:
    """Whether two or more facts differ by more than a slip in typing."""
    return sum(change > Change.SLIP for change in compare(one, other).values()) > 1


def learn(first: PilgrimDetails, later: Iterable[PilgrimDetails]) -> PilgrimDetails:
    """The first details, and beside them what was not known then, as it was stated first.

    Without it a fact that was learnt after the first dose could be changed as often as anybody likes.
    """
    known = first
    for details in later:
        stated = {field: getattr(details, field) for field in _LEARNT if not getattr(known, field)}
        if births_agree(known, details) and _is_finer(details, known):
            stated |= {"birth_on": details.birth_on, "birth_precision": details.birth_precision}
        known = known.model_copy(update=stated)
    return known


def _is_finer(one: PilgrimDetails, other: PilgrimDetails) -> bool:
    return _COARSEST_FIRST.index(one.birth_precision) > _COARSEST_FIRST.index(other.birth_precision)


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
