"""Where everything stands on the sheet, in millimetres from the top left corner of an A4 page.

The fields follow the model of the international certificate of vaccination: who, then each dose, then who vouches.
"""

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from threading import Lock
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from registry.certificates.sheet.doses import draw_dose
from registry.certificates.sheet.facts import SheetFacts, Words
from registry.certificates.sheet.lettering import (
    FIRST_FONT,
    INK,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    WHITE,
    Colour,
    Pen,
    load_fonts,
)
from registry.certificates.sheet.rows import HAIRLINE, MUTED, RED, TEAL, TINT, Row, draw_label, draw_row
from registry.certificates.sheet.wording import FIXED, LABELS, join_words, spell_code, spell_date, spell_term

GHOST: Colour = (0.955, 0.86, 0.86)
LANGUAGES = ("ky", "ru", "en", "ar")

# Printers clip and rescale near the edge: no code stands nearer than this.
MARGIN = 16
WIDTH = PAGE_WIDTH - 2 * MARGIN
FOOT = PAGE_HEIGHT - MARGIN
CLOSING = 32
ADDRESS_CODE = 27
DOSES_ON_FIRST_PAGE, DOSES_ON_LATER_PAGE = 2, 4

# Where each training word stands, along and across the diagonal: clear of the codes, which must stay white.
_MARKS = {"ar": (0, -62), "ru": (-8, -14), "en": (-8, 32), "ky": (-60, 78)}

# A font keeps its place in its file while it is cut down to the letters of one sheet: one sheet at a time.
_one_at_a_time = Lock()


def render_sheet(facts: SheetFacts) -> bytes:
    """The certificate as a PDF: one page for two doses, a further page for every four more.

    The same facts give the same bytes: no clock, no identifier of the run. About 23 ms and 65 KB for two doses.
    """
    paper = BytesIO()
    title = f"{FIXED['title']['en']} {spell_code(facts.code)}"
    render_sheets([facts], paper, title=title, author=facts.authority["en"], subject=facts.campaign_title["en"])
    return paper.getvalue()


def render_sheets(
    sheets: Iterable[SheetFacts], to: BinaryIO, *, title: str, author: str = "", subject: str = ""
) -> None:
    """Many certificates in one PDF, in the order given; fonts and fixed words are stored once."""
    with _one_at_a_time:
        load_fonts()
        # Without a first font of ours every page would name Helvetica, which the reader's machine must then supply.
        canvas = Canvas(
            to,
            A4,
            invariant=True,
            pageCompression=1,
            lang="en",
            initialFontName=FIRST_FONT,  # type: ignore[arg-type] # the stubs say float; the library takes a name
        )
        canvas.setTitle(title)
        canvas.setAuthor(author)
        canvas.setSubject(subject)
        pen = Pen(canvas)
        for facts in sheets:
            _draw_first_page(pen, facts)
            for first in range(DOSES_ON_FIRST_PAGE, len(facts.doses), DOSES_ON_LATER_PAGE):
                _draw_later_page(pen, facts, first)
        canvas.save()


def _draw_first_page(pen: Pen, facts: SheetFacts) -> None:
    notice = _find_notice(facts)
    gap = 2.5 if notice or facts.replaces else 4
    _draw_ground(pen, facts)
    y = _draw_heading(pen, facts)
    y = _draw_identity(pen, facts, y + gap)
    y = _draw_entry(pen, facts, y + gap)
    if notice and facts.planned_arrival:
        label = FIXED["entry"]["assumed" if facts.arrival_assumed else "planned"]
        y = _draw_notice(pen, notice, label, facts.planned_arrival, y + gap)
    top = FOOT - CLOSING
    _draw_doses(pen, facts, range(DOSES_ON_FIRST_PAGE), y=y + gap, foot=top, gap=gap)
    _draw_closing(pen, facts, top)
    pen.canvas.showPage()


def _draw_later_page(pen: Pen, facts: SheetFacts, first: int) -> None:
    _draw_ground(pen, facts)
    row = Row(MARGIN, 16, WIDTH, 10, label=46, arabic=28)
    draw_row(pen, row, LABELS["code"], spell_code(facts.code), below=(facts.latin_name,), size=13)
    _draw_doses(pen, facts, range(first, first + DOSES_ON_LATER_PAGE), y=30, foot=FOOT, gap=4)
    pen.canvas.showPage()


def _draw_doses(pen: Pen, facts: SheetFacts, places: range, *, y: float, foot: float, gap: float) -> None:
    height = min((foot - y) / len(places) - gap, 64)
    for dose in facts.doses[places.start : places.stop]:
        draw_dose(pen, dose, x=MARGIN, y=y, width=WIDTH, height=height)
        y += height + gap


def _draw_ground(pen: Pen, facts: SheetFacts) -> None:
    """What lies under the words: the line at the head and, on a training sheet, marks nobody can overlook."""
    if facts.training:
        _draw_training_marks(pen)
    pen.box(MARGIN, 12, WIDTH, 1.4, fill=TEAL)


def _draw_training_marks(pen: Pen) -> None:
    mark, band = FIXED["training"]["mark"], FIXED["training"]["band"]
    pen.canvas.saveState()
    # The pen counts from the top of the page: bring that to the middle, and tilt.
    pen.canvas.translate(A4[0] / 2, A4[1] / 2)
    pen.canvas.rotate(52)
    pen.canvas.translate(0, -PAGE_HEIGHT * mm)
    for language, (along, across) in _MARKS.items():
        pen.write(along - 110, across, mark[language], size=105, width=220, bold=True, colour=GHOST, centred=True)
    pen.canvas.restoreState()
    for top in (3, PAGE_HEIGHT - 9.5):
        pen.box(0, top, PAGE_WIDTH, 6.5, fill=RED)
        words = join_words(band, "ky", "ru", "en")
        pen.write(MARGIN, top + 4.5, words, size=10, width=130, bold=True, colour=WHITE)
        pen.write(MARGIN + 134, top + 4.4, band["ar"], size=11, width=WIDTH - 134, bold=True, colour=WHITE)


def _draw_heading(pen: Pen, facts: SheetFacts) -> float:
    country, title, campaign = FIXED["country"], FIXED["title"], facts.campaign_title
    pen.write(MARGIN, 18.4, join_words(country, "ky", "ru", "en"), size=8, width=125, colour=MUTED)
    pen.write(MARGIN + 128, 18.4, country["ar"], size=10, width=50, colour=MUTED)
    pen.write(MARGIN, 25.4, join_words(title, "ky", "ru"), size=12.5, width=120, bold=True, colour=TEAL)
    pen.write(MARGIN, 33, title["en"], size=20, width=120, bold=True, colour=TEAL)
    pen.write(MARGIN + 122, 30.5, title["ar"], size=25, width=56, bold=True, colour=TEAL)
    pen.write(MARGIN, 38.4, join_words(campaign, "ky", "ru", "en"), size=8, width=125, colour=MUTED)
    if "ar" in campaign:
        pen.write(MARGIN + 128, 38.4, campaign["ar"], size=10, width=50, colour=MUTED)
    code = Row(MARGIN + 3, 41.5, 104, 10, label=43, arabic=17)
    issued = Row(MARGIN + 110, 41.5, 65, 10, label=31, arabic=14)
    pen.box(MARGIN, code.y, WIDTH, code.height, fill=TINT)
    draw_row(pen, code, LABELS["code"], spell_code(facts.code), size=13)
    draw_row(pen, issued, LABELS["issued_on"], spell_date(facts.issued_on))
    y = code.y + code.height
    if not facts.replaces:
        return y
    older, day = facts.replaces
    row = Row(code.x, y, WIDTH - 6, 6, label=43, arabic=28)
    draw_row(pen, row, LABELS["replaces"], f"{spell_code(older)} · {spell_date(day)}")
    return y + row.height


def _draw_identity(pen: Pen, facts: SheetFacts, y: float) -> float:
    """The Latin name first and largest: it is what an officer compares with the passport."""
    label, middle = LABELS["name"], y + 6.4
    draw_label(pen, MARGIN, middle, label, width=44)
    pen.write(MARGIN + WIDTH - 28, middle + 1, label["ar"], size=8.5, width=28, colour=MUTED)
    taken = pen.write(MARGIN + 46, middle + 1.7, facts.latin_name, size=16, width=104, bold=True, lines=3)
    pen.write(MARGIN + 46, middle + taken / 2 + 3.3, facts.cyrillic_name, size=10, width=104)
    y += 17
    left = Row(MARGIN, y, 92, 7, label=46, arabic=19)
    right = Row(MARGIN + 97, y, 81, 7, label=32, arabic=14)
    state, sex = spell_term("nationalities", facts.nationality), spell_term("sexes", facts.sex)
    pen.rule(MARGIN, y, WIDTH, colour=HAIRLINE)
    draw_row(pen, left, LABELS["passport_number"], facts.passport_number)
    state_words = join_words(state, "ky", "ru")
    below = () if state_words == facts.nationality else (state_words,)
    draw_row(pen, right, LABELS["nationality"], facts.nationality, below=below, arabic=state.get("ar", ""))
    y += 7
    left, right = left._replace(y=y), right._replace(y=y)
    pen.rule(MARGIN, y, WIDTH, colour=HAIRLINE)
    draw_row(pen, left, LABELS["birth_date"], spell_date(facts.birth_date, facts.birth_precision))
    draw_row(pen, right, LABELS["sex"], sex["en"], below=(join_words(sex, "ky", "ru"),), arabic=sex.get("ar", ""))
    return y + 7


def _draw_entry(pen: Pen, facts: SheetFacts, y: float) -> float:
    """The two dates a pilgrim and an airline ask for, larger than anything but the title."""
    words, height = FIXED["entry"], 19.5
    pen.box(MARGIN, y, WIDTH, height, edge=TEAL, weight=1.6)
    for number, (name, day) in enumerate((("from", facts.entry_from), ("until", facts.entry_until))):
        x = MARGIN + 4 + number * WIDTH / 2
        draw_label(pen, x, y + 5.2, words[name], width=80, size=7, colour=INK)
        pen.write(x + 51, y + (15.5 if day else 11), words[name]["ar"], size=12.5, width=30, bold=True, colour=TEAL)
        if day:
            pen.write(x, y + 16.4, spell_date(day), size=21, width=50, bold=True, colour=TEAL)
        else:
            _draw_endless(pen, x, y)
    pen.box(MARGIN + WIDTH / 2, y + 3, 0, height - 6, edge=HAIRLINE)
    return y + height


def _draw_endless(pen: Pen, x: float, y: float) -> None:
    words = FIXED["open_ended"]
    pen.write(x, y + 13, words["en"], size=13, width=50, bold=True, colour=TEAL)
    pen.write(x, y + 17, join_words(words, "ky", "ru"), size=8.5, width=50, bold=True, colour=TEAL)
    pen.write(x + 51, y + 17, words["ar"], size=11, width=30, bold=True, colour=TEAL)


def _find_notice(facts: SheetFacts) -> Words | None:
    """What to say when the journey lies outside the days on which entry is allowed."""
    planned, words = facts.planned_arrival, FIXED["entry"]
    if planned and planned < facts.entry_from:
        early: Words = words["too_early"]
        return early
    if planned and facts.entry_until and planned > facts.entry_until:
        late: Words = words["too_late"]
        return late
    return None


def _draw_notice(pen: Pen, notice: Words, label: Words, arrival: date, y: float) -> float:
    """What a pilgrim must not overlook: red, but also framed and bold for a grey printer."""
    height = 18
    pen.box(MARGIN, y, WIDTH, height, fill=WHITE, edge=RED, weight=1.8)
    for number, language in enumerate(LANGUAGES):
        size = 10 if language == "ar" else 7.6
        line = y + 4.1 + number * 3.5 + (1 if language == "ar" else 0)
        pen.write(MARGIN + 4, line, notice[language], size=size, width=118, bold=True, colour=RED)
    draw_label(pen, MARGIN + 130, y + 4.4, label, width=44, colour=RED)
    pen.write(MARGIN + 130, y + 12, spell_date(arrival), size=12, width=44, bold=True, colour=RED)
    pen.write(MARGIN + 130, y + 15.8, label["ar"], size=8.5, width=44, colour=RED)
    return y + height


def _draw_closing(pen: Pen, facts: SheetFacts, y: float) -> None:
    """The code that any telephone opens, who vouches, and room for hand and stamp."""
    pen.code(MARGIN, FOOT - ADDRESS_CODE, ADDRESS_CODE, facts.verify_url)
    verify, authority = FIXED["verify"], facts.authority
    x, line = MARGIN + ADDRESS_CODE + 7, y + 2.6
    for language in LANGUAGES:
        larger = 1.5 if language == "ar" else 0
        pen.write(x, line, verify["heading"][language], size=7.4 + larger, width=52, bold=True, colour=TEAL)
        pen.write(x, line + 2.9 + larger / 4, verify["how"][language], size=5.9 + larger, width=52)
        line += 6.4
    pen.write(x, y + 31, facts.verify_url, size=6.6, width=52, bold=True, lines=2)
    x, line = x + 57, y + 2.2
    label = LABELS["authority"]
    pen.write(x, line, join_words(label, "ky", "ru", "en"), size=5.8, width=37, colour=MUTED)
    pen.write(x + 39, line + 0.2, label["ar"], size=7.5, width=11, colour=MUTED)
    line += 3.4
    for language in filter(authority.__contains__, LANGUAGES):
        size = 8.5 if language == "ar" else 6.6
        line += pen.write(x, line + 1, authority[language], size=size, width=50, bold=True, lines=2) + 0.4
    _draw_signature_and_stamp(pen, x, y)


def _draw_signature_and_stamp(pen: Pen, x: float, y: float) -> None:
    signature, stamp = LABELS["signature"], LABELS["stamp"]
    pen.rule(x, y + 28.5, 50, colour=INK)
    pen.write(x, y + 31.3, join_words(signature, "ky", "ru", "en"), size=5.8, width=34, colour=MUTED)
    pen.write(x + 38, y + 31.3, signature["ar"], size=7.5, width=12, colour=MUTED)
    side, x = CLOSING, MARGIN + WIDTH - CLOSING
    pen.canvas.setDash(1.5, 2)
    pen.box(x, y, side, side, edge=MUTED)
    pen.canvas.setDash()
    pen.write(
        x + 2, y + side - 2, join_words(stamp, "ky", "ru", "en"), size=5.8, width=side - 4, colour=MUTED, centred=True
    )
    pen.write(x + 2, y + 4, stamp["ar"], size=7.5, width=side - 4, colour=MUTED, centred=True)
