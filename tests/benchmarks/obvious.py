"""A certificate as one writes it first: every fact of the sheet, QR codes as pictures, fonts read for each paper."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from registry.certificates import sheet
from registry.certificates.facts import Words
from registry.certificates.sheet import SheetDose, SheetFacts
from registry.certificates.sheet.wording import PACKAGED, spell_code, spell_term
from registry.clock import spell_date

FIXED, LABELS = PACKAGED.content, PACKAGED.labels
FONTS = Path(sheet.__file__).parent.parent / "fonts"
NAMES = ("NotoSans-Regular", "NotoSans-Bold", "NotoNaskhArabic-Regular", "NotoNaskhArabic-Bold")
LINE = 3.4 * mm
Fact = tuple[Words, str]


def render(facts: SheetFacts) -> bytes:
    paper = BytesIO()
    for name in NAMES:
        pdfmetrics.registerFont(TTFont(f"Obvious-{name}", FONTS / f"{name}.ttf"))
    canvas = Canvas(paper, A4)
    y = write_lines(canvas, A4[1] - 12 * mm, facts_of_the_person(facts))
    for dose in facts.doses:
        draw_code(canvas, dose.signed_code, A4[0] - 52 * mm, y - 40 * mm, 40 * mm)
        y = write_lines(canvas, y, facts_of_a_dose(dose)) - 3 * mm
    draw_code(canvas, facts.verify_url, 15 * mm, 15 * mm, 30 * mm)
    write_lines(canvas, 45 * mm, closing(facts), left=50 * mm)
    canvas.save()
    return paper.getvalue()


def facts_of_the_person(facts: SheetFacts) -> Iterator[Fact]:
    entry_until = spell_date(facts.entry_until) if facts.entry_until else FIXED["open_ended"]["en"]
    yield FIXED["country"], ""
    yield FIXED["title"], ""
    yield facts.campaign_title, ""
    yield LABELS["code"], spell_code(facts.code)
    yield LABELS["issued_on"], spell_date(facts.issued_on)
    yield LABELS["name"], facts.latin_name
    yield {}, facts.cyrillic_name
    yield LABELS["passport_number"], facts.passport_number
    yield LABELS["nationality"], facts.nationality
    yield spell_term("nationalities", facts.nationality), ""
    yield LABELS["birth_date"], spell_date(facts.birth_date, facts.birth_precision)
    yield LABELS["sex"], facts.sex
    yield spell_term("sexes", facts.sex), ""
    yield FIXED["entry"]["from"], spell_date(facts.entry_from)
    yield FIXED["entry"]["until"], entry_until
    if facts.training:
        yield FIXED["training"]["band"], ""


def facts_of_a_dose(dose: SheetDose) -> Iterator[Fact]:
    until = spell_date(dose.valid_until) if dose.valid_until else FIXED["open_ended"]["en"]
    yield dose.disease, ""
    yield LABELS["product"], f"{dose.product}, {dose.manufacturer or ''}"
    yield LABELS["vaccine_type"], dose.vaccine_type
    yield spell_term("vaccine_types", dose.vaccine_type), ""
    yield LABELS["lot"], dose.lot
    yield LABELS["given_on"], spell_date(dose.given_on)
    yield LABELS["place"], ""
    yield dose.place, ""
    yield LABELS["vaccinator"], dose.vaccinator
    yield LABELS["validity"], f"{spell_date(dose.valid_from)} – {until}"
    yield FIXED["verify"]["signed"], ""


def closing(facts: SheetFacts) -> Iterator[Fact]:
    yield FIXED["verify"]["heading"], ""
    yield FIXED["verify"]["how"], ""
    yield {}, facts.verify_url
    yield LABELS["authority"], ""
    yield facts.authority, ""
    yield LABELS["signature"], ""
    yield LABELS["stamp"], ""


def write_lines(canvas: Canvas, y: float, facts: Iterator[Fact], *, left: float = 15 * mm) -> float:
    """The words of three languages, the value, the Arabic words, one fact to a line."""
    for words, value in facts:
        spoken = " / ".join(words[language] for language in ("ky", "ru", "en") if language in words)
        canvas.setFont("Obvious-NotoSans-Regular", 6)
        canvas.drawString(left, y, spoken)
        canvas.setFont("Obvious-NotoSans-Bold", 7)
        canvas.drawString(left + 65 * mm, y, value)
        if "ar" in words:
            canvas.setFont("Obvious-NotoNaskhArabic-Regular", 7)
            canvas.drawRightString(left + 135 * mm, y, words["ar"], shaping=True)
        y -= LINE
    return y


def draw_code(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    picture = BytesIO()
    qrcode.make(text).save(picture, "PNG")
    picture.seek(0)
    canvas.drawImage(ImageReader(picture), x, y, side, side)
