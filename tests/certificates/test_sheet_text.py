"""What can be selected, searched and read aloud on a sheet: whole words, plain letters, in their order."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest

from registry.certificates.sheet import SheetFacts, render_pocket, render_sheet
from registry.certificates.sheet.page import draw_sheet
from registry.certificates.sheet.pdf import Document
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.wording import PACKAGED
from tests.certificates.sheets import AIGUL, FIXED, LONGEST, SEVEN_DOSES, TRAINING, words_in

WORDY = replace(
    AIGUL,
    campaign_title={
        "ky": "2026-жылы ажылыкка зыярат кылуучуларга эмдөө иш-чаралары",
        "ru": "Вакцинация граждан, совершающих хадж в Мекку в 2026 году",
        "en": "Vaccination of Hajj 2026 pilgrims",
        "ar": "تطعيم حجاج جمهورية قيرغيزستان لعام 2026",
    },
)


def lines_of(paper: bytes) -> list[str]:
    """The lines of all pages exactly as a viewer copies them."""
    document = pypdfium2.PdfDocument(paper)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return [line.strip() for page in pages for line in page.splitlines()]


def test_arabic_is_copied_letter_by_letter_as_it_was_written() -> None:
    copied = "\n".join(lines_of(render_sheet(replace(LONGEST, entry_until=None, codes_until=date(2026, 6, 30)))))
    phrases = [words["ar"] for words in words_in(FIXED["labels"])]
    for phrase in (*phrases, AIGUL.authority["ar"], AIGUL.doses[0].disease["ar"], FIXED["open_ended"]["ar"]):
        assert phrase in copied


def test_arabic_beside_latin_keeps_the_order_of_its_words() -> None:
    lines = lines_of(render_sheet(TRAINING))
    for line in (line.removesuffix(" ACWY") for line in lines):  # the groups of the vaccine end its Arabic name
        assert not (re.search("[\u0600-\u06ff]", line) and re.search("[A-Za-zА-я]", line))
    disease = AIGUL.doses[0].disease["ar"]
    assert disease.endswith(" ACWY")
    assert {FIXED["training"]["band"]["ar"], FIXED["title"]["ar"], "حج 1447", disease} <= set(lines)


def test_no_drawing_of_a_joined_letter_reaches_the_text() -> None:
    copied = "".join(lines_of(render_sheet(WORDY)) + lines_of(render_pocket([WORDY])))
    assert re.search("[\ufb50-\ufdff\ufe70-\ufeff\ufffd\ue000-\uf8ff\x00]", copied) is None


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
def test_a_second_reader_copies_the_same_words(tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(render_sheet(replace(WORDY, replaces=("ABCDEFGHJKLM", date(2025, 12, 20)))))
    copied = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True)
    assert not copied.stderr
    plain = re.sub("[\u202a-\u202e]", "", copied.stdout)
    for words in (*words_in(FIXED["labels"]), FIXED["title"], AIGUL.authority):
        for word in " ".join(words.values()).split():
            assert word in plain


def test_the_text_runs_from_the_head_of_the_sheet_to_its_foot() -> None:
    copied = "\n".join(lines_of(render_sheet(LONGEST)))
    facts = (
        FIXED["title"]["en"],
        "7K3M-9QXD-2RTB",
        "ABCD-EFGH-JKLM",
        "ABDYKADYROVA",
        "Абдыкадырова",
        "PE0012345",
        "14 MAR 1968",
        "Vaccination requirements met from\n02 JAN 2026",
        "Vaccination requirements met until\n23 DEC 2026",
        FIXED["entry"]["too_early"]["en"],
        "U7E1234A",
        "П-201",
        AIGUL.verify_url,
        AIGUL.authority["en"],
    )
    places = [copied.index(fact) for fact in facts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("ABDYLDAEVA-MAMYTOVA NURZHAMAL", "Абдылдаева-Мамытова Нуржамал Төлөнбек кызы"),
        ("ASANOV BAKYT", "Асанов Бакыт Өмүрбек уулу"),
        ("KYDYRALIEV TILEK", "Кыдыралиев Тилек"),
        ("OSKONBAEVA GUELNUR", "Өскөңбаева Гүлнүр Жеңишбековна"),
    ],
    ids=["two-part surname, кызы", "уулу", "no patronymic", "ң ө ү"],
)
def test_each_kind_of_name_stands_whole_on_lines_of_its_own(latin: str, cyrillic: str) -> None:
    lines = lines_of(render_sheet(replace(AIGUL, latin_name=latin, cyrillic_name=cyrillic)))
    assert lines.index(cyrillic) == lines.index(latin) + 1


def test_a_name_of_three_lines_of_sixty_letters_is_whole_and_readable() -> None:
    names = [" ".join(["ABCDEFGHIJKLMNOPQRST"] * 3)[:60]] * 3
    facts = replace(LONGEST, latin_name=" ".join(names), cyrillic_name=" ".join(names).lower())
    text = " ".join(lines_of(render_sheet(facts)))
    assert facts.latin_name in text
    assert facts.cyrillic_name in text
    assert crowded(facts) == set()


def crowded(facts: SheetFacts) -> set[str]:
    pen = Pen(Document(BytesIO(), about={}), PACKAGED)
    draw_sheet(pen, facts)
    return pen.crowded


@pytest.mark.parametrize(
    "facts", [AIGUL, LONGEST, TRAINING, SEVEN_DOSES, WORDY], ids=lambda facts: facts.latin_name[:8]
)
def test_no_word_of_an_ordinary_sheet_is_too_small_for_a_person_of_seventy(facts: SheetFacts) -> None:
    assert crowded(facts) == set()
    assert crowded(replace(facts, passport_number="P" * 120)) != set()


def test_birth_by_year_alone_is_printed_and_copied_as_a_year() -> None:
    facts = replace(AIGUL, birth_precision="year", birth_date=date(1955, 1, 1))
    assert any(line.startswith("Date of birth 1955 ") for line in lines_of(render_sheet(facts)))


def test_the_properties_tell_title_author_subject_and_keywords_in_each_language() -> None:
    document = pypdfium2.PdfDocument(render_sheet(AIGUL))
    about = document.get_metadata_dict(skip_empty=True)
    document.close()
    assert {name: about[name] for name in ("Title", "Author", "Subject", "Keywords")} == {
        "Title": "Vaccination certificate 7K3M-9QXD-2RTB",
        "Author": "Ministry of Health of the Kyrgyz Republic",
        "Subject": "Hajj 2026",
        "Keywords": "Эмдөө сертификаты, Сертификат о вакцинации, Vaccination certificate, شهادة تطعيم",
    }
