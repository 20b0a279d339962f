"""A row of the sheet: Kyrgyz, Russian and English label on the left, the value, the Arabic label on the right.

One script to a cell: a line that mixes Arabic with Latin or brackets cannot be put in order here.
"""

from typing import NamedTuple

from registry.certificates.sheet.facts import Words
from registry.certificates.sheet.lettering import Colour, Pen
from registry.certificates.sheet.wording import join_words

# Dark and pale enough to stay apart on a grey printer.
TEAL: Colour = (0.02, 0.30, 0.35)
MUTED: Colour = (0.30, 0.36, 0.39)
HAIRLINE: Colour = (0.74, 0.80, 0.82)
TINT: Colour = (0.925, 0.955, 0.96)
RED: Colour = (0.68, 0.05, 0.07)

_CAPITAL = 0.252
"""Millimetres of a capital's height to a point of size."""


class Row(NamedTuple):
    """A row's place in millimetres, and how much of its width its two labels take."""

    x: float
    y: float
    width: float
    height: float
    label: float
    arabic: float


def draw_label(
    pen: Pen, x: float, middle: float, words: Words, *, width: float, size: float = 6.4, colour: Colour = MUTED
) -> None:
    """Kyrgyz and Russian on one line, English below, about `middle`."""
    pen.write(x, middle - 0.8, join_words(words, "ky", "ru"), size=size, width=width, colour=colour)
    pen.write(x, middle - 0.8 + size * 0.43, words["en"], size=size, width=width, colour=colour)


def draw_row(
    pen: Pen,
    row: Row,
    label: Words,
    value: str,
    *,
    below: tuple[str, ...] = (),
    arabic: str = "",
    size: float = 9,
) -> None:
    """The value in bold, its other languages in small lines `below` it, its Arabic at the right of the same cell."""
    middle = row.y + row.height / 2
    left, room = row.x + row.label, row.width - row.label - row.arabic
    draw_label(pen, row.x, middle, label, width=row.label - 2)
    pen.write(row.x + row.width - row.arabic, middle + 1, label["ar"], size=8.5, width=row.arabic, colour=MUTED)
    if arabic:
        pen.write(left + room * 0.6, middle + 1, arabic, size=9.5, width=room * 0.4 - 3, bold=True)
        room *= 0.6
    y = middle + size * _CAPITAL / 2 - len(below) * 1.6
    pen.write(left, y, value, size=size, width=room - 2, bold=True, lines=1 if below else 2)
    for number, line in enumerate(below):
        pen.write(left, y + 3 + number * 2.7, line, size=6.4, width=room - 2)
