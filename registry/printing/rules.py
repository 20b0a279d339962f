"""What is printed together, in which order and chunks, and what a person may ask for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from registry.certificates.rules import read_code
from registry.errors import N_, Refusal

PRINT = "print_certificates"
"""The kind of job that prints."""

CHUNK = 96  # pages of eight pocket cards are then full ones; a killed run loses one or two seconds of work
MAX_CODES = 20_000
MOST_READ = 2 * MAX_CODES  # with those written twice: a file of ten megabytes, code by code, takes seconds of processor
SHEETS_A_SECOND = 60  # said to people before they start: a little less than is measured
KEEP = timedelta(days=1)
"""So long a finished print can be fetched: it is a pile of people's data."""

SHOWN_CODES = 5
_CELL = re.compile(r"[\n\r,;\t]+")
_HEADERS = {"code", "codes", "certificate", "код"}


class NothingChosen(Refusal):
    sentence = N_("Choose a point, a day or a group, or give a list of codes.")


class TwoWaysChosen(Refusal):
    sentence = N_("Choose by point, day and group, or give a list of codes: not both at once.")
    field = "codes"


class NoListToFollow(Refusal):
    sentence = N_("There is no list of codes whose order could be kept. Choose another order.")
    field = "order"


class CodesUnreadable(Refusal):
    sentence = N_("These are no certificate codes: %(codes)s. Compare them with the paper.")
    field = "codes"


class TooManyCodes(Refusal):
    sentence = N_("A list may have 20,000 codes. Divide it.")
    field = "codes"


class NothingToPrint(Refusal):
    sentence = N_("No certificate in force was found among those you may see. Choose something else.")


class NothingCountsAnyMore(NothingToPrint):
    sentence = N_(
        "None of these certificates counts any more: they were withdrawn or replaced, they cannot be ascertained, or "
        "you may no longer see them. Nothing was printed. Choose anew: certificates that took their place are found by "
        "point, day and group, or by their own codes. Destroy what was printed of these already."
    )


class SheetOutOfRange(Refusal):
    sentence = N_("The pile has the sheets %(first)s to %(last)s. Write one of these numbers.")
    field = "start"


class PileOutdated(Refusal):
    sentence = N_(
        "Certificates of this file that were withdrawn or replaced since: %(count)s. It is not given out any more. "
        "Make it anew, and destroy those that were printed from it already."
    )


class Order(StrEnum):
    """How the pile is sorted, said on its cover list."""

    GROUP = "group"
    NAME = "name"
    LISTED = "listed"


ORDER_WORDS = {
    Order.GROUP: N_("By group, then by surname in Latin letters"),
    Order.NAME: N_("By surname in Latin letters"),
    Order.LISTED: N_("In the order of the list of codes"),
}


@dataclass(frozen=True)
class Selection:
    """Which certificates. Point, day (of issue) and group narrow each other; a list of codes stands alone.

    `by_codes` stays true when the codes themselves are erased.
    """

    point: str = ""
    day: date | None = None
    group: str = ""
    codes: tuple[str, ...] = ()
    by_codes: bool = False


@dataclass(frozen=True)
class PrintRequest:
    """`start`: the first sheet that is printed, for a pile that a printer did not finish; 1 is the whole pile."""

    selection: Selection
    order: Order = Order.GROUP
    pocket: bool = False
    start: int = 1

    def to_json(self) -> dict[str, Any]:
        """Everything but the codes, which are kept apart: they are erased when the work is over."""
        day = self.selection.day
        return {
            "point": self.selection.point,
            "day": day.isoformat() if day else None,
            "group": self.selection.group,
            "by_codes": self.selection.by_codes,
            "order": self.order.value,
            "pocket": self.pocket,
            "start": self.start,
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any], *, codes: Iterable[str] = ()) -> "PrintRequest":
        day = stored["day"]
        selection = Selection(
            point=stored["point"],
            day=date.fromisoformat(day) if day else None,
            group=stored["group"],
            codes=tuple(codes),
            by_codes=stored["by_codes"],
        )
        return PrintRequest(selection, Order(stored["order"]), stored["pocket"], stored["start"])


@dataclass(frozen=True)
class CodeList:
    """Codes in the order given, each once, and the texts among them that are none. `cut`: not all was read."""

    codes: tuple[str, ...]
    unreadable: tuple[str, ...] = ()
    cut: bool = False


def read_codes(*texts: str) -> CodeList:
    """One code a line or cell; the first word of a text may name the column. No more is read than a list may have."""
    codes: dict[str, None] = {}
    unreadable = []
    parts = (numbered for text in texts for numbered in enumerate(_parts(text)))
    for number, part in islice(parts, MOST_READ):
        code = read_code(part)
        if code:
            codes[code] = None
        elif number or part.casefold() not in _HEADERS:
            unreadable.append(part)
    return CodeList(tuple(codes), tuple(unreadable), cut=next(parts, None) is not None)


def _parts(text: str) -> Iterator[str]:
    """What may be a code: a whole cell, however it is spaced, or each of the words in it."""
    for cell in (cell.strip(' "\ufeff') for cell in _CELL.split(text)):
        if read_code(cell):
            yield cell
        else:
            yield from cell.split()


def request_faults(request: PrintRequest, listed: CodeList) -> Iterator[Refusal]:
    """Why this cannot be printed as it is asked for."""
    chosen, unreadable = request.selection, listed.unreadable
    if unreadable:
        more = " …" if len(unreadable) > SHOWN_CODES else ""
        yield CodesUnreadable(codes=", ".join(text[:20] for text in unreadable[:SHOWN_CODES]) + more)
    elif not chosen.by_codes and not (chosen.point or chosen.day or chosen.group):
        yield NothingChosen()
    if chosen.by_codes and (chosen.point or chosen.day or chosen.group):
        yield TwoWaysChosen()
    if listed.cut or len(chosen.codes) > MAX_CODES:
        yield TooManyCodes()
    if request.order is Order.LISTED and not chosen.by_codes:
        yield NoListToFollow()


def estimate(sheets: int) -> timedelta:
    """How long it may take."""
    return timedelta(seconds=-(-sheets // SHEETS_A_SECOND))
