"""The paper of a pilgrim who may not have a vaccine: a doctor's note, which is no certificate and carries no code."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

from registry.certificates.facts import Words
from registry.certificates.sheet.closing import CLOSING, draw_stamp
from registry.certificates.sheet.head import draw_person, draw_title
from registry.certificates.sheet.lettering import INK, Cell
from registry.certificates.sheet.page import draw_ground
from registry.certificates.sheet.pdf import Document
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import (
    FOOT,
    HAIRLINE,
    MARGIN,
    MUTED,
    RED,
    TINT,
    WIDTH,
    Row,
    Value,
    draw_label,
    draw_row,
    in_languages,
)
from registry.certificates.sheet.wording import PACKAGED, join_words
from registry.clock import spell_date

_FILE = Path(__file__).parent.parent / "data" / "note.json"
_ROWS, _TALLEST_ROW = 4, 11
_GAP = 5


@dataclass(frozen=True)
class Contraindication:
    """One vaccine on the note; `since` is the day of the first examination in a row that says so."""

    vaccine: Words
    since: date
    doctor_latin_name: str
    doctor_name: str
    place: Words


@dataclass(frozen=True)
class NoteFacts:
    """What a doctor's note says: the person as on a certificate, and each vaccine they may not have."""

    latin_name: str
    cyrillic_name: str
    birth_date: date
    birth_precision: str
    sex: str
    nationality: str
    passport_number: str
    authority: Words
    contraindications: Sequence[Contraindication]
    printed_on: date
    training: bool


@cache
def note_words() -> Mapping[str, Words]:
    """The note's own words, in four languages."""
    words: Mapping[str, Words] = json.loads(_FILE.read_text("utf-8"))
    return words


def render_note(facts: NoteFacts) -> bytes:
    """The note as a PDF of one page. The same facts give the same bytes."""
    paper, title = BytesIO(), note_words()["title"]
    about = {
        "Title": title["en"],
        "Author": facts.authority["en"],
        "Subject": note_words()["is_not"]["en"],
        "Keywords": ", ".join(title.values()),
    }
    document = Document(paper, about=about, dated=facts.printed_on)
    pen = Pen(document, PACKAGED)
    draw_ground(pen, training=facts.training)
    y = _draw_heading(pen, facts)
    y = _draw_notice(pen, y + _GAP)
    y = draw_person(pen, facts, y + _GAP)
    several = len(facts.contraindications) > 1
    y = _draw_lines(pen, note_words()["statement_of_several" if several else "statement"], y + _GAP + 4)
    room = FOOT - CLOSING - y - _GAP * (len(facts.contraindications) + 1)
    height = min(_TALLEST_ROW, room / (_ROWS * max(len(facts.contraindications), 1)))
    for one in facts.contraindications:
        y = _draw_contraindication(pen, one, y + _GAP, height=height)
    _draw_closing(pen, facts, FOOT - CLOSING)
    pen.turn_page()
    document.close()
    return paper.getvalue()


def _draw_heading(pen: Pen, facts: NoteFacts) -> float:
    draw_title(pen, note_words()["title"])
    printed = Row(MARGIN, 38, WIDTH, 9, label=47, arabic=30)
    draw_row(pen, printed, note_words()["printed_on"], Value(spell_date(facts.printed_on), shared=True))
    return printed.y + printed.height


def _draw_notice(pen: Pen, y: float) -> float:
    """What nobody may overlook: red, but also framed and bold for a grey printer."""
    pen.box(MARGIN, y, WIDTH, 28, edge=RED, weight=1.8)
    return _draw_lines(pen, note_words()["is_not"], y + 6.4, indent=4, bold=True) + 0.4


def _draw_lines(pen: Pen, words: Words, y: float, *, indent: float = 0, bold: bool = False) -> float:
    """A sentence in each language, one below the other; returns where they end."""
    for language in pen.template.order.paragraph:
        size = 13.0 if language == "ar" else 10.5
        colour = RED if bold else INK
        cell = Cell(MARGIN + indent, y, WIDTH - 2 * indent, size, bold=bold, colour=colour)
        pen.fixed(words[language], cell)
        y += 5.6
    return y - 1


def _draw_contraindication(pen: Pen, one: Contraindication, y: float, *, height: float) -> float:
    words = note_words()
    rows = {
        "vaccine": in_languages(one.vaccine, pen.template),
        "since": Value(spell_date(one.since)),
        "doctor": Value(one.doctor_latin_name, (one.doctor_name,) if one.doctor_name else ()),
        "place": in_languages(one.place, pen.template, apart=True),
    }
    pen.box(MARGIN, y, WIDTH, height, fill=TINT)
    for name, value in rows.items():
        row = Row(MARGIN, y, WIDTH, height, label=50, arabic=34, share=0.6)
        draw_row(pen, row._replace(x=row.x + 3, width=row.width - 6), words[name], value, size=11)
        y += height
        pen.rule(MARGIN, y, WIDTH, colour=HAIRLINE)
    return y


def _draw_closing(pen: Pen, facts: NoteFacts, y: float) -> None:
    labels, plain = pen.template.labels, [code for code in pen.template.order.paragraph if code != "ar"]
    signature, width = note_words()["signature"], 85
    draw_label(pen, MARGIN, y + 3, labels["authority"], width=40)
    line = y + 9
    for language in filter(facts.authority.__contains__, pen.template.order.paragraph):
        pen.fixed(facts.authority[language], Cell(MARGIN, line, width, 9 if language == "ar" else 7.5, bold=True))
        line += 4
    pen.rule(MARGIN, y + 28.5, width, colour=INK)
    pen.fixed(join_words(signature, plain), Cell(MARGIN, y + 31.8, width - 25, 6.8, colour=MUTED))
    pen.fixed(signature["ar"], Cell(MARGIN + width - 24, y + 31.8, 24, 8.5, colour=MUTED))
    draw_stamp(pen, y)
