"""Where everything stands on the sheet, in millimetres from the top left corner of an A4 page.

The fields follow the model of the international certificate of vaccination: who, then each dose, then who vouches.
"""

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from typing import BinaryIO

from registry.certificates.facts import SheetFacts
from registry.certificates.sheet.closing import CLOSING, draw_closing
from registry.certificates.sheet.doses import draw_dose
from registry.certificates.sheet.head import draw_entry, draw_heading, draw_notice, draw_person, find_notice
from registry.certificates.sheet.lettering import PAGE_HEIGHT, PAGE_WIDTH, WHITE, Cell, Colour
from registry.certificates.sheet.pdf import NO_DAY, Document
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import FOOT, MARGIN, RED, TEAL, WIDTH, Row, Value, draw_row
from registry.certificates.sheet.wording import PACKAGED, Template, join_words, spell_code

GHOST: Colour = ".955 .86 .86"
DOSES_ON_FIRST_PAGE, DOSES_ON_LATER_PAGE = 2, 4
_TALLEST_DOSE = 64

# Where each training word stands, along and across the diagonal: clear of the codes, which must stay white.
_MARKS = {"ar": (0, -62), "ru": (-8, -14), "en": (-8, 32), "ky": (-60, 78)}


def render_sheet(facts: SheetFacts, template: Template | None = None) -> bytes:
    """The certificate as a PDF: one page for two doses, a further page for every four more.

    The same facts give the same bytes: no clock, no identifier of the run.
    """
    paper, words = BytesIO(), template or PACKAGED
    title = f"{words.words('title')['en']} {spell_code(facts.code)}"
    render_sheets(
        [facts],
        paper,
        title=title,
        author=facts.authority["en"],
        subject=facts.campaign_title["en"],
        template=words,
        dated=facts.issued_on,
    )
    return paper.getvalue()


def render_sheets(
    sheets: Iterable[SheetFacts],
    to: BinaryIO,
    *,
    title: str,
    author: str = "",
    subject: str = "",
    template: Template | None = None,
    dated: date = NO_DAY,
) -> None:
    """Many certificates in one PDF, in the order given, the fonts once. About 12 KB of memory for each."""
    words = template or PACKAGED
    about = about_document(words, title=title, author=author, subject=subject)
    document = Document(to, about=about, dated=dated)
    pen = Pen(document, words)
    for facts in sheets:
        draw_sheet(pen, facts)
    document.close()


def about_document(template: Template, *, title: str, author: str, subject: str) -> dict[str, str]:
    """What a viewer shows as the document's properties; its keywords are its title in every language."""
    keywords = ", ".join(template.words("title").values())
    return {"Title": title, "Author": author, "Subject": subject, "Keywords": keywords}


def draw_sheet(pen: Pen, facts: SheetFacts) -> None:
    _draw_first_page(pen, facts)
    for first in range(DOSES_ON_FIRST_PAGE, len(facts.doses), DOSES_ON_LATER_PAGE):
        _draw_later_page(pen, facts, first)


def _draw_first_page(pen: Pen, facts: SheetFacts) -> None:
    notice = find_notice(facts)
    gap = 2.8 if notice or facts.replaces else 4
    draw_ground(pen, training=facts.training)
    y = draw_heading(pen, facts)
    y = draw_person(pen, facts, y + gap)
    y = draw_entry(pen, facts, y + gap)
    if notice and facts.planned_arrival:
        y = draw_notice(pen, facts, notice, facts.planned_arrival, y + gap)
    top = FOOT - CLOSING
    _draw_doses(pen, facts, range(DOSES_ON_FIRST_PAGE), y=y + gap, foot=top, gap=gap)
    draw_closing(pen, facts, top)
    pen.turn_page()


def _draw_later_page(pen: Pen, facts: SheetFacts, first: int) -> None:
    draw_ground(pen, training=facts.training)
    row = Row(MARGIN, 16, WIDTH, 10, label=46, arabic=28)
    draw_row(pen, row, pen.template.labels["code"], Value(spell_code(facts.code), (facts.latin_name,)), size=13)
    _draw_doses(pen, facts, range(first, first + DOSES_ON_LATER_PAGE), y=30, foot=FOOT, gap=4)
    pen.turn_page()


def _draw_doses(pen: Pen, facts: SheetFacts, places: range, *, y: float, foot: float, gap: float) -> None:
    height = min((foot - y) / len(places) - gap, _TALLEST_DOSE)
    for dose in facts.doses[places.start : places.stop]:
        draw_dose(pen, dose, x=MARGIN, y=y, width=WIDTH, height=height, codes_until=facts.codes_until)
        y += height + gap


def draw_ground(pen: Pen, *, training: bool) -> None:
    """What lies under the words: the line at the head and, on a training sheet, marks nobody can overlook."""
    if training:
        _draw_training_marks(pen)
    pen.box(MARGIN, 12, WIDTH, 1.4, fill=TEAL)


def _draw_training_marks(pen: Pen) -> None:
    mark = pen.template.words("training", "mark")
    with pen.tilted():
        for language, (along, across) in _MARKS.items():
            cell = Cell(along - 110, across, 220, 105, bold=True, colour=GHOST, centred=True)
            pen.fixed(mark[language], cell)
    draw_training_bands(pen)


def draw_training_bands(pen: Pen) -> None:
    band = pen.template.words("training", "band")
    for top in (3, PAGE_HEIGHT - 9.5):
        pen.box(0, top, PAGE_WIDTH, 6.5, fill=RED)
        words = join_words(band, ("ky", "ru", "en"))
        pen.fixed(words, Cell(MARGIN, top + 4.5, 130, 10, bold=True, colour=WHITE))
        pen.fixed(band["ar"], Cell(MARGIN + 134, top + 4.4, WIDTH - 134, 11, bold=True, colour=WHITE))
