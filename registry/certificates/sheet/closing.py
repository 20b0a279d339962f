"""The foot of the sheet: the code that any telephone opens, who vouches, and room for hand and stamp."""

from registry.certificates.facts import SheetFacts
from registry.certificates.sheet.lettering import INK, Cell, measure
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import FOOT, MARGIN, MUTED, TEAL, WIDTH
from registry.certificates.sheet.wording import join_words

CLOSING = 32
# Above 0.5 mm a module up to version 8, an address of 152 letters.
ADDRESS_CODE = 27
_CHECK = 53
_AUTHORITY = 50


def draw_closing(pen: Pen, facts: SheetFacts, y: float) -> None:
    pen.code(MARGIN, FOOT - ADDRESS_CODE, ADDRESS_CODE, facts.verify_url)
    x = MARGIN + ADDRESS_CODE + 6.5
    _draw_check(pen, facts, x, y)
    _draw_authority(pen, facts, x + _CHECK + 4.5, y)
    draw_stamp(pen, y)


def _draw_check(pen: Pen, facts: SheetFacts, x: float, y: float) -> None:
    heading, how = pen.template.words("verify", "heading"), pen.template.words("verify", "how")
    line = y + 2.4
    for language in pen.template.order.paragraph:
        larger = 1.5 if language == "ar" else 0
        pen.fixed(heading[language], Cell(x, line, _CHECK, 7.4 + larger, bold=True, colour=TEAL))
        pen.fixed(how[language], Cell(x, line + 2.9 + larger / 4, _CHECK, 6.2 + larger))
        line += 6.4
    pen.write(facts.verify_url, Cell(x, y + 30.2, _CHECK, 7, bold=True, lines=2))


def _draw_authority(pen: Pen, facts: SheetFacts, x: float, y: float) -> None:
    label, authority, line = pen.template.labels["authority"], facts.authority, y + 2
    signature = pen.template.labels["signature"]
    pen.fixed(label["ar"], Cell(x + 39, line + 0.2, 11, 7.5, colour=MUTED))
    pen.fixed(signature["ar"], Cell(x + 38, y + 31.3, 12, 7.5, colour=MUTED))
    pen.fixed(join_words(label, _plain(pen)), Cell(x, line, 38, 6.2, colour=MUTED))
    line += 3.3
    for language in filter(authority.__contains__, pen.template.order.paragraph):
        cell = Cell(x, line + 1, _AUTHORITY, 8.5 if language == "ar" else 7, bold=True, lines=2)
        # A text of two lines stands about its baseline: the first line must not rise into what is above.
        taken = measure(authority[language], cell)[0] if language != "ar" else 3.2
        pen.fixed(authority[language], cell._replace(y=line + taken / 2))
        line += taken
    pen.rule(x, y + 28.5, _AUTHORITY, colour=INK)
    pen.fixed(join_words(signature, _plain(pen)), Cell(x, y + 31.3, 36, 6.2, colour=MUTED))


def draw_stamp(pen: Pen, y: float) -> None:
    stamp, side, x = pen.template.labels["stamp"], CLOSING, MARGIN + WIDTH - CLOSING
    pen.box(x, y, side, side, edge=MUTED, dashed=True)
    pen.fixed(stamp["ar"], Cell(x + 2, y + 4, side - 4, 7.5, colour=MUTED, centred=True))
    lines = pen.template.order.label
    for number, languages in enumerate(lines):
        line = y + side - 2 - (len(lines) - 1 - number) * 2.6
        pen.fixed(join_words(stamp, languages), Cell(x + 1, line, side - 2, 6.2, colour=MUTED, centred=True))


def _plain(pen: Pen) -> list[str]:
    """The languages of one line; Arabic stands apart from it."""
    return [language for language in pen.template.order.paragraph if language != "ar"]
