"""Synthetic sheets, and ways to look at a printed page as a reader, a scanner or an eye does."""

import json
import random
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from registry.certificates import sheet
from registry.certificates.sheet import SheetDose, SheetFacts, render_sheet

MM = 72 / 25.4
Box = tuple[float, float, float, float]
ROOM = Path(sheet.__file__).parent.parent
FIXED = json.loads((ROOM / "data" / "sheet.json").read_text("utf-8"))
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def signed_text(seed: int, length: int = 459) -> str:
    """Text as long and as varied as a signed dose; not a signature."""
    letters = random.Random(seed)
    return "HC1:6BF" + "".join(letters.choice(BASE45) for _ in range(length - 7))


MENINGOCOCCAL = SheetDose(
    disease={
        "ky": "Менингококк инфекциясы (A, C, W, Y)",
        "ru": "Менингококковая инфекция (A, C, W, Y)",
        "en": "Meningococcal disease (A, C, W, Y)",
        "ar": "مرض المكورات السحائية ACWY",
    },
    product="MenQuadfi",
    manufacturer="Sanofi Pasteur",
    vaccine_type="conjugate",
    lot="U7E1234A",
    given_on=date(2025, 12, 23),
    place={
        "ky": "Республикалык иммунопрофилактика борбору, Бишкек",
        "ru": "Республиканский центр иммунопрофилактики, Бишкек",
        "en": "Republican Centre for Immunoprophylaxis, Bishkek",
    },
    vaccinator="Осмонова Гүлзат Кубанычбековна",
    valid_from=date(2026, 1, 2),
    valid_until=date(2030, 12, 23),
    signed_code=signed_text(1),
)
INFLUENZA = replace(
    MENINGOCOCCAL,
    disease={
        "ky": "Сезондук сасык тумоо",
        "ru": "Сезонный грипп",
        "en": "Seasonal influenza",
        "ar": "الإنفلونزا الموسمية",
    },
    product="Гриппол плюс",
    manufacturer="НПО Петровакс Фарм",
    vaccine_type="subunit",
    lot="П-201",
    valid_until=date(2026, 12, 23),
    signed_code=signed_text(2),
)
AIGUL = SheetFacts(
    latin_name="ASANBEKOVA AIGUL",
    cyrillic_name="Асанбекова Айгүл Төлөнбековна",
    birth_date=date(1968, 3, 14),
    sex="female",
    nationality="KGZ",
    passport_number="PE0012345",
    campaign_title={"ky": "Ажылык 2026", "ru": "Хадж 2026", "en": "Hajj 2026", "ar": "حج 1447"},
    code="7K3M9QXD2RTB",
    verify_url="https://verify.example.kg/v/7K3M9QXD2RTB",
    issued_on=date(2025, 12, 23),
    authority={
        "ky": "Кыргыз Республикасынын Саламаттык сактоо министрлиги",
        "ru": "Министерство здравоохранения Кыргызской Республики",
        "en": "Ministry of Health of the Kyrgyz Republic",
        "ar": "وزارة الصحة في جمهورية قيرغيزستان",
    },
    entry_from=date(2026, 1, 2),
    entry_until=date(2026, 12, 23),
    planned_arrival=date(2026, 5, 11),
    doses=(MENINGOCOCCAL, INFLUENZA),
)
LONGEST = replace(
    AIGUL,
    latin_name="ABDYKADYROVA-TOKTOGULOVAMAMBETALIEVAKYZY GULMIRA-AIZHAN NURBUBU ZHANYLMYRZAOSKONBAEVNA",
    cyrillic_name="Абдыкадырова-Токтогуловамамбеталиевакызы Гүлмира-Айжан Нурбүбү Жаңылмырза-Өскөнбаевна",
    planned_arrival=date(2025, 12, 30),
    replaces=("ABCDEFGHJKLM", date(2025, 12, 20)),
    doses=(replace(MENINGOCOCCAL, manufacturer="Serum Institute of India Private Limited, Pune"), INFLUENZA),
)
TRAINING = replace(AIGUL, training=True)
SEVEN_DOSES = replace(
    AIGUL, doses=tuple(replace(MENINGOCOCCAL, lot=f"LOT{n}", signed_code=signed_text(n)) for n in range(7))
)


def words_in(node: Any) -> Iterator[Mapping[str, str]]:
    """Every set of words in the data file, and not the order it states."""
    if not isinstance(node, Mapping):
        return
    if "en" in node:
        yield node
    else:
        for below in node.values():
            yield from words_in(below)


@contextmanager
def opened(facts: SheetFacts) -> Iterator[pypdfium2.PdfDocument]:
    """The printed sheet, opened by another library than the one that made it."""
    document = pypdfium2.PdfDocument(render_sheet(facts))
    try:
        yield document
    finally:
        document.close()


def text_of(facts: SheetFacts) -> str:
    """All text a reader can select, joined Arabic letters as plain ones."""
    with opened(facts) as document:
        pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    return " ".join(unicodedata.normalize("NFKC", " ".join(pages)).split())


def contents_of(paper: bytes) -> list[str]:
    """What draws each page, as the file says it."""
    streams = re.findall(rb"/FlateDecode[^>]*>>\s+stream\r?\n(.*?)\r?\n?endstream", paper, re.DOTALL)
    drawn = [zlib.decompressobj().decompress(stream) for stream in streams]
    return [stream.decode("ascii") for stream in drawn if b" Tf " in stream]


def line_boxes(document: pypdfium2.PdfDocument, number: int) -> list[Box]:
    """Left, bottom, right and top in millimetres of each stretch of text on a page."""
    texts = document[number].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    boxes = [tuple(edge / MM for edge in text.get_bounds()) for text in texts]
    return [(left, bottom, right, top) for left, bottom, right, top in boxes if right - left > 0.5]


def picture_of(facts: SheetFacts, dpi: int, page: int = 0) -> Image.Image:
    """A page as a grey printer and scanner give it back."""
    with opened(facts) as document:
        picture: Image.Image = document[page].render(scale=dpi / 72, grayscale=True).to_pil()
        return picture


def codes_in(picture: Image.Image) -> set[str]:
    return {
        code.text
        for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    }
