"""The list that lies on a pile of printed sheets: who is in it, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from registry.certificates.sheet.lettering import FIRST_FONT, PAGE_HEIGHT, Pen, load_fonts
from registry.certificates.sheet.rows import MUTED, TEAL
from registry.certificates.sheet.wording import spell_code

ROWS = 40
_TOP, _LINE = 46, 5.7


@dataclass(frozen=True)
class CoverRow:
    """One printed certificate: its place in the pile, whose it is, and its first page in the whole file."""

    number: int
    latin_name: str
    passport_number: str
    code: str
    page: int


def count_cover_pages(rows: int) -> int:
    """How many pages come before the first sheet: what a caller adds to each row's page."""
    return max(1, ceil(rows / ROWS))


def render_cover(rows: Sequence[CoverRow], *, title: str, order: str, made_at: datetime, by: str = "") -> bytes:
    """The cover list as a PDF. `order` says in words how the sheets are sorted, `by` who printed them."""
    paper = BytesIO()
    load_fonts()
    canvas = Canvas(paper, A4, invariant=True, pageCompression=1, lang="en", initialFontName=FIRST_FONT)  # type: ignore[arg-type] # as in page.py
    canvas.setTitle(title)
    pen = Pen(canvas)
    for page in range(count_cover_pages(len(rows))):
        pen.write(16, 24, title, size=16, width=178, bold=True, colour=TEAL)
        pen.write(16, 31, f"{made_at:%d.%m.%Y %H:%M} · {len(rows)} · {order} {by}", size=9, width=178, colour=MUTED)
        for number, row in enumerate(rows[page * ROWS : (page + 1) * ROWS]):
            y = _TOP + number * _LINE
            pen.write(16, y, str(row.number), size=9, width=12)
            pen.write(30, y, row.latin_name, size=9, width=80)
            pen.write(114, y, row.passport_number, size=9, width=24)
            pen.write(142, y, spell_code(row.code), size=9, width=34)
            pen.write(180, y, str(row.page), size=9, width=14)
        pen.write(16, PAGE_HEIGHT - 12, f"{page + 1}", size=8, width=178, centred=True)
        canvas.showPage()
    canvas.save()
    return paper.getvalue()
