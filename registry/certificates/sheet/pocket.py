"""The certificate in the size of a bank card: eight fronts on one A4 page, their backs on the next.

Two-sided and not folded: eight folded cards would not fit a page, and a folded card is thick at its edge. The backs are
mirrored by columns, so that a printer turning the paper on its long edge puts each behind its own front, and cut marks
on both pages show by how much a printer misses. Who has no such printer glues the second page's card to the first.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from registry.certificates.facts import SheetDose, SheetFacts
from registry.certificates.sheet.lettering import INK, PAGE_HEIGHT, PAGE_WIDTH, WHITE, Cell
from registry.certificates.sheet.page import about_document
from registry.certificates.sheet.pdf import Document
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import HAIRLINE, MUTED, RED, TEAL, draw_label
from registry.certificates.sheet.wording import PACKAGED, Template, join_words, spell_code
from registry.clock import spell_date

CARD_WIDTH, CARD_HEIGHT = 85.6, 54
COLUMNS, LINES = 2, 4
CARDS = COLUMNS * LINES
_LEFT, _TOP = (PAGE_WIDTH - COLUMNS * CARD_WIDTH) / 2, (PAGE_HEIGHT - LINES * CARD_HEIGHT) / 2
_EDGE = 3.5
# Above 0.5 mm a module up to version 6, an address of 106 letters.
_CODE = 21.5
_MARK = 4
_DOSES = 2
# 0.49 mm a module for the version 14 of an ordinary signed dose.
_SIGNED = 36
_PLAIN = ("ky", "ru", "en")


def render_pocket(cards: Sequence[SheetFacts], template: Template | None = None) -> bytes:
    """Pages of fronts and pages of backs in turn, for two-sided printing turned on the long edge."""
    paper, words = BytesIO(), template or PACKAGED
    title, author = words.words("title")["en"], cards[0].authority["en"] if cards else ""
    document = Document(paper, about=about_document(words, title=title, author=author, subject=""))
    draw_pocket(Pen(document, words), cards)
    document.close()
    return paper.getvalue()


def draw_pocket(pen: Pen, cards: Sequence[SheetFacts]) -> None:
    for first in range(0, len(cards), CARDS):
        page = cards[first : first + CARDS]
        for draw, mirrored in ((_draw_front, False), (_draw_back, True)):
            _draw_cut_marks(pen, len(page), mirrored=mirrored)
            for place, facts in enumerate(page):
                column = place % COLUMNS
                x = _LEFT + (COLUMNS - 1 - column if mirrored else column) * CARD_WIDTH
                draw(pen, facts, x, _TOP + place // COLUMNS * CARD_HEIGHT)
            pen.turn_page()


def _draw_cut_marks(pen: Pen, cards: int, *, mirrored: bool) -> None:
    """Short lines outside the cards, so that no cut leaves ink at their edges: around those that are there."""
    columns, lines = min(cards, COLUMNS), -(-cards // COLUMNS)
    left = _LEFT + (COLUMNS - columns if mirrored else 0) * CARD_WIDTH
    for column in range(columns + 1):
        for y in (_TOP - _MARK - 1, _TOP + lines * CARD_HEIGHT + 1):
            pen.post(left + column * CARD_WIDTH, y, _MARK, colour=INK)
    for line in range(lines + 1):
        for x in (left - _MARK - 1, left + columns * CARD_WIDTH + 1):
            pen.rule(x, _TOP + line * CARD_HEIGHT, _MARK, colour=INK)


def _draw_front(pen: Pen, facts: SheetFacts, x: float, y: float) -> None:
    """What an officer compares with the passport, and the code that any telephone opens."""
    _draw_bar(pen, facts, x, y)
    left, width = x + _EDGE, CARD_WIDTH - 2 * _EDGE
    pen.write(facts.latin_name, Cell(left, y + 14.6, width, 11.5, bold=True, lines=2))
    labels, half = pen.template.labels, width * 0.6
    for name, value, across in (
        ("passport_number", facts.passport_number, 0.0),
        ("birth_date", spell_date(facts.birth_date, facts.birth_precision), half),
    ):
        draw_label(pen, left + across, y + 20.2, labels[name], width=width - half if across else half - 1.5, size=5.8)
        pen.write(value, Cell(left + across, y + 26, width - half, 10, bold=True))
    room = width - _CODE - 4
    entry = pen.template.words("pocket", "entry")
    pen.fixed(entry["ar"], Cell(left + room * 0.6, y + 33.7, room * 0.4, 8, bold=True, colour=TEAL))
    draw_label(pen, left, y + 31.2, entry, width=room, size=5.8)
    days = f"{spell_date(facts.entry_from)} – {_spell_end(pen, facts.entry_until)}"
    pen.write(days, Cell(left, y + 37.9, room, 9.5, bold=True, colour=TEAL))
    for number, dose in enumerate(facts.doses[:_DOSES]):
        pen.fixed(f"{dose.disease['en']}: {_vaccine(pen, dose)}", Cell(left, y + 40.8 + number * 2.3, room, 5.8))
    draw_label(pen, left, y + 46, labels["code"], width=room, size=5.5)
    pen.write(spell_code(facts.code), Cell(left, y + 51.8, room, 10, bold=True))
    pen.code(x + CARD_WIDTH - _EDGE - _CODE, y + CARD_HEIGHT - 2.8 - _CODE, _CODE, facts.verify_url)


def _draw_bar(pen: Pen, facts: SheetFacts, x: float, y: float) -> None:
    """The title; on a training card, instead of it, that it is none."""
    words = pen.template.words("training", "band") if facts.training else pen.template.words("title")
    pen.box(x, y, CARD_WIDTH, 8.5, fill=RED if facts.training else TEAL)
    pen.fixed(words["ar"], Cell(x + 57, y + 5.6, CARD_WIDTH - 57 - _EDGE, 9, bold=True, colour=WHITE))
    first, *others = pen.template.order.value
    pen.fixed(words[first], Cell(x + _EDGE, y + 3.7, 52, 8.5, bold=True, colour=WHITE))
    pen.fixed(join_words(words, others), Cell(x + _EDGE, y + 6.9, 52, 6, colour=WHITE))


def _draw_back(pen: Pen, facts: SheetFacts, x: float, y: float) -> None:
    """The doses, as many as a card holds, and a signed code, which speaks for all of them without a network."""
    left, width = x + _EDGE, CARD_WIDTH - 2 * _EDGE
    if facts.training:
        _draw_bar(pen, facts, x, y)
    else:
        heading = pen.template.words("pocket", "doses")
        pen.fixed(heading["ar"], Cell(left + 57.5, y + 6, width - 57.5, 8, bold=True, colour=TEAL))
        pen.fixed(join_words(heading, _PLAIN), Cell(left, y + 6, 56.5, 6.4, bold=True, colour=TEAL))
    pen.code(x + CARD_WIDTH - _EDGE - _SIGNED, y + 10.8, _SIGNED, facts.doses[0].signed_code)
    line, room = y + 9.6, width - _SIGNED - 1.8
    for dose in facts.doses[:_DOSES]:
        pen.rule(left, line, room, colour=HAIRLINE)
        _draw_dose(pen, dose, Cell(left, line, room, 5.8))
        line += 19
    pen.rule(left, line, room, colour=HAIRLINE)
    last = Cell(left, y + CARD_HEIGHT - 2.2, room, 5.8, colour=MUTED)
    more = len(facts.doses) > _DOSES
    words = pen.template.words("pocket", "more") if more else {"en": facts.authority["en"]}
    for number, language in enumerate(one for one in ("en", "ky") if one in words):
        pen.fixed(words[language], last._replace(y=last.y - 2.3 * number, bold=more))
    pen.write(
        spell_code(facts.code), last._replace(x=left + width - 24, y=y + CARD_HEIGHT - 1.7, width=24, size=7, bold=True)
    )


def _draw_dose(pen: Pen, dose: SheetDose, cell: Cell) -> None:
    first, *others = pen.template.order.value
    lot, validity = pen.template.labels["lot"]["en"], pen.template.labels["validity"]["en"]
    pen.fixed(dose.disease.get(first, dose.disease["en"]), cell._replace(y=cell.y + 2.9, size=7, bold=True))
    below = cell._replace(colour=MUTED)
    for number, language in enumerate(one for one in others if one in dose.disease):
        pen.fixed(dose.disease[language], below._replace(y=cell.y + 5.4 + number * 2.3))
    pen.fixed(dose.disease["ar"], cell._replace(y=cell.y + 10.9, size=7.5, bold=True))
    pen.fixed(_vaccine(pen, dose), cell._replace(y=cell.y + 13.8, bold=True))
    pen.fixed(f"{lot} {dose.lot} · {spell_date(dose.given_on)}", cell._replace(y=cell.y + 16.2))
    until = _spell_end(pen, dose.valid_until)
    pen.fixed(f"{validity} {spell_date(dose.valid_from)}–{until}", cell._replace(y=cell.y + 18.3))


def _vaccine(pen: Pen, dose: SheetDose) -> str:
    """The product with its type, on which the years of validity depend."""
    return f"{dose.product}, {pen.template.term('vaccine_types', dose.vaccine_type)['en'].lower()}"


def _spell_end(pen: Pen, day: date | None) -> str:
    return spell_date(day) if day else pen.template.words("open_ended")["en"]
