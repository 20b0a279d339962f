"""The list that lies on a pile of printed sheets: who is in it, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil

from registry.certificates.sheet.lettering import PAGE_HEIGHT, Cell
from registry.certificates.sheet.page import about_document, draw_training_bands
from registry.certificates.sheet.pdf import Document
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import HAIRLINE, MARGIN, MUTED, TEAL, WIDTH
from registry.certificates.sheet.wording import PACKAGED, Template, join_words, spell_code
from registry.clock import spell_date

ROWS = 38
_TOP, _LINE, _FOOT = 53, 5.9, PAGE_HEIGHT - 12
_LANGUAGES = ("ky", "ru", "en")
# Left edge and width of the columns.
_NUMBER, _NAME, _GROUP, _PASSPORT, _CODE, _PAGE = (16, 10), (27, 76), (105, 24), (131, 23), (156, 27), (185, 9)


@dataclass(frozen=True)
class CoverRow:
    """One printed certificate: its place in the pile, whose it is, and its first page in the whole file.

    `group`: the pilgrim's, if there is one.
    """

    number: int
    latin_name: str
    passport_number: str
    code: str
    page: int
    group: str = ""


def count_cover_pages(rows: int) -> int:
    """How many pages come before the first sheet: what a caller adds to each row's page."""
    return max(1, ceil(rows / ROWS))


def render_cover(
    rows: Sequence[CoverRow],
    *,
    title: str,
    order: str,
    made_at: datetime,
    by: str = "",
    template: Template | None = None,
    training: bool = False,
) -> bytes:
    """The cover list as a PDF of `count_cover_pages` pages.

    `order` says in words how the sheets are sorted, `by` who printed them; `made_at` is printed as it is, without its
    time zone.
    """
    paper, words = BytesIO(), template or PACKAGED
    about = about_document(words, title=title, author="", subject=words.words("cover", "title")["en"])
    document = Document(paper, about=about)
    pen = Pen(document, words)
    made = f"{spell_date(made_at)} {made_at:%H:%M}"
    notes = (order, " · ".join(filter(None, (made, by))))
    pages = count_cover_pages(len(rows))
    for page in range(pages):
        if training:
            draw_training_bands(pen)
        _draw_head(pen, title, notes)
        for place, row in enumerate(rows[page * ROWS : (page + 1) * ROWS]):
            _draw_row(pen, row, _TOP + place * _LINE)
        pen.write(f"{page + 1} / {pages}", Cell(MARGIN, _FOOT, WIDTH, 8, colour=MUTED, centred=True))
        pen.turn_page()
    document.close()
    return paper.getvalue()


def _draw_head(pen: Pen, title: str, notes: Sequence[str]) -> None:
    template = pen.template
    kind = join_words(template.words("cover", "title"), _LANGUAGES)
    pen.write(kind, Cell(MARGIN, 16, WIDTH, 8, colour=MUTED))
    pen.write(title, Cell(MARGIN, 24, WIDTH, 15, bold=True, colour=TEAL))
    for number, note in enumerate(notes):
        pen.write(note, Cell(MARGIN, 30.5 + number * 4.3, WIDTH, 9))
    columns = {
        _NUMBER: template.words("cover", "number"),
        _NAME: template.labels["name"],
        _GROUP: template.words("cover", "group"),
        _PASSPORT: template.labels["passport_number"],
        _CODE: template.labels["code"],
        _PAGE: template.words("cover", "page"),
    }
    for (x, width), words in columns.items():
        for number, word in enumerate(dict.fromkeys(words[language] for language in _LANGUAGES)):
            pen.fixed(word, Cell(x, 40 + number * 2.75, width, 6.4, colour=MUTED))
    pen.rule(MARGIN, 48, WIDTH, colour=TEAL, weight=0.8)


def _draw_row(pen: Pen, row: CoverRow, y: float) -> None:
    cells = {
        _NUMBER: str(row.number),
        _NAME: row.latin_name,
        _GROUP: row.group,
        _PASSPORT: row.passport_number,
        _CODE: spell_code(row.code),
        _PAGE: str(row.page),
    }
    for (x, width), text in cells.items():
        pen.write(text, Cell(x, y, width, 9, bold=(x, width) == _NAME, lines=2))
    pen.rule(MARGIN, y + 2.1, WIDTH, colour=HAIRLINE)
