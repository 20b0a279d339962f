"""The day that is typed on the page of a visit, and the examination that counts on it."""

from collections.abc import Callable, Sequence
from datetime import date

from registry.errors import N_, Refusal
from registry.examinations.models import Examination
from registry.examinations.rules import counting_on
from registry.vaccinations.rules import DoseInFuture

Usable = Callable[[Examination], bool]


class NotExaminedByThen(Refusal):
    sentence = N_(
        "No examination of %(given_on)s or of an earlier day is recorded; the last one is of %(examined_on)s. Nothing "
        "was recorded. Check the day; an examination that was made on paper is entered first."
    )
    field = "given_on"


class NotAllowedByThen(Refusal):
    sentence = N_(
        "On %(given_on)s only the examination of %(then_on)s was there, and it does not allow a vaccine on that day; "
        "the last one is of %(examined_on)s. Nothing was recorded. Check the day; an examination that was made on "
        "paper is entered first."
    )
    field = "given_on"


def day_fault(on: date, *, today: date, examined: Sequence[Examination], usable: Usable) -> Refusal | None:
    """Why a day cannot be the one that was meant: the page would speak of it as if the pilgrim were not examined.

    `examined`: all of the pilgrim's examinations, the latest first. `today` allows for a clock that is a little off.
    """
    if on > today:
        return DoseInFuture()
    then = counting_on(on, examined)
    if not examined or then is examined[0]:
        return None
    if then is None:
        return NotExaminedByThen(given_on=on, examined_on=examined[0].examined_on)
    if not usable(then):
        return NotAllowedByThen(given_on=on, then_on=then.examined_on, examined_on=examined[0].examined_on)
    return None
