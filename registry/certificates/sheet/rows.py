"""A row of the sheet: its label on the left, the value, the Arabic label on the right.

One script to a cell: a line that mixes Arabic with Latin or brackets cannot be put in order here.
"""

from typing import NamedTuple

from registry.certificates.facts import Words
from registry.certificates.sheet.lettering import PAGE_HEIGHT, PAGE_WIDTH, Cell, Colour, measure
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.wording import Template, join_words

# Printers clip and rescale near the edge: no code stands nearer than this.
MARGIN = 16
WIDTH = PAGE_WIDTH - 2 * MARGIN
FOOT = PAGE_HEIGHT - MARGIN

# Dark and pale enough to stay apart on a grey printer.
TEAL: Colour = ".02 .3 .35"
MUTED: Colour = ".28 .33 .36"
HAIRLINE: Colour = ".74 .8 .82"
TINT: Colour = ".925 .955 .96"
RED: Colour = ".68 .05 .07"

CAPITAL = 0.252
"""Millimetres of a capital's height to a point of size."""
_BELOW = 6.6
_BELOW_LEADING = 2.75
_AIR = 0.4


class Row(NamedTuple):
    """A row's place in millimetres, and how much of its width its two labels take.

    Where a value has Arabic words too, `share` of its room is for the others.
    """

    x: float
    y: float
    width: float
    height: float
    label: float
    arabic: float
    share: float = 0.6


class Value(NamedTuple):
    """A fact in a row: in large type, its other languages in small lines below, its Arabic at the right.

    `shared` tells that other sheets say the same: a lot's number, not a passport's.
    """

    text: str
    below: tuple[str, ...] = ()
    arabic: str = ""
    shared: bool = False


def in_languages(words: Words, template: Template, *, apart: bool = False) -> Value:
    """The leading language in large type, the others below it: on one line, or each `apart` on its own."""
    first, *others = template.order.value
    text = words.get(first, words["en"])
    below = [words[language] for language in others if language in words] if apart else [join_words(words, others)]
    return Value(text, tuple(line for line in below if line not in {"", text}), words.get("ar", ""), shared=True)


def draw_label(
    pen: Pen, x: float, middle: float, words: Words, *, width: float, size: float = 6.4, colour: Colour = MUTED
) -> None:
    """The label's lines about `middle`."""
    lines = pen.template.order.label
    step = size * 0.43
    y = middle + 0.6 - step * (len(lines) - 1) / 2
    for number, languages in enumerate(lines):
        pen.fixed(join_words(words, languages), Cell(x, y + number * step, width, size, colour=colour))


def draw_arabic_label(pen: Pen, row: Row, words: Words) -> None:
    cell = Cell(row.x + row.width - row.arabic, row.y + row.height / 2 + 1, row.arabic, 8.5, colour=MUTED)
    pen.fixed(words["ar"], cell)


def draw_row(pen: Pen, row: Row, label: Words, value: Value, *, size: float = 9) -> None:
    middle, left, room = row.y + row.height / 2, row.x + row.label, row.width - row.label - row.arabic
    draw_label(pen, row.x, middle, label, width=row.label - 1.5)
    draw_arabic_label(pen, row, label)
    if value.arabic:
        pen.fixed(value.arabic, Cell(left + room * row.share, middle + 1, room * (1 - row.share) - 3, 9.5, bold=True))
        room *= row.share
    _draw_value(pen, value, Cell(left, middle, room - 2, size, bold=True, lines=2), height=row.height)


def _draw_value(pen: Pen, value: Value, cell: Cell, *, height: float) -> None:
    """The text and what stands below it about the cell's middle; all of it smaller where the row is too low for it."""
    small = len(value.below) * _BELOW_LEADING
    taken, _ = measure(value.text, cell)
    scale = min(1, (height - _AIR) / (taken + small))
    cell = cell._replace(size=cell.size * scale)
    taken, size = measure(value.text, cell)
    top = cell.y - (taken + small * scale) / 2
    write = pen.fixed if value.shared else pen.write
    write(value.text, cell._replace(y=top + taken / 2 + size * CAPITAL / 2))
    for number, line in enumerate(value.below):
        y = top + taken + (number + 0.7) * _BELOW_LEADING * scale
        write(line, Cell(cell.x, y, cell.width, _BELOW * scale))
