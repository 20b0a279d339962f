"""The sheet's fixed words and the letters it carries for them and for names."""

import json
import re
from dataclasses import replace
from datetime import date

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from registry.certificates.sheet import render_sheet
from registry.certificates.sheet.template import read_template
from registry.certificates.sheet.typefaces import load_faces
from registry.certificates.sheet.wording import PACKAGED_FILE
from tests.certificates.sheets import AIGUL, FIXED, opened, text_of, words_in

ARABIC = re.compile("[\u0600-\u06ff]")


def test_every_fixed_word_has_four_languages_and_one_script_each() -> None:
    for words in words_in(FIXED):
        assert set(words) == {"ky", "ru", "en", "ar"}
        assert ARABIC.search(words["ar"])
        assert not re.search(r"[A-Za-zА-яЁёҢңӨөҮү()\[\]]", words["ar"])
        assert not any(ARABIC.search(words[language]) for language in ("ky", "ru", "en"))


@pytest.mark.parametrize(
    ("family", "sample"),
    [
        ("NotoSans", "АБВГДЕЁЖЗИЙКЛМНҢОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"),
        ("NotoSans", "ABCDEFGHIJKLMNOPQRSTUVWXYZÇĞİÖŞÜabcdefghijklmnopqrstuvwxyzçğıöşüâîû0123456789.,:/–·«»№’-()"),
        ("NotoNaskhArabic", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْ،؛؟پچژگ"),
    ],
    ids=["Kyrgyz and Russian", "Latin and Turkish", "Arabic"],
)
def test_the_carried_fonts_have_every_letter_that_names_and_words_need(family: str, sample: str) -> None:
    fixed = "".join(text for words in words_in(FIXED) for text in words.values())
    needed = {letter for letter in fixed if letter > " " and bool(ARABIC.match(letter)) == ("Arabic" in family)}
    for name, face in load_faces().items():
        if name.startswith(family):
            assert {letter for letter in {*sample, *needed} if not face.knows(letter)} == set()


def test_a_sheet_embeds_the_fonts_it_carries_and_needs_none_from_the_machine() -> None:
    found = {}
    with opened(AIGUL) as document:
        for item in document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            font = pdfium.FPDFTextObj_GetFont(item.raw)
            name = (pdfium.c_char * 100)()
            pdfium.FPDFFont_GetBaseFontName(font, name, 100)
            found[name.value.decode().split("+")[-1]] = pdfium.FPDFFont_GetIsEmbedded(font)
    assert found == dict.fromkeys(load_faces(), 1)


def test_where_the_key_ends_sooner_the_sheet_says_until_when_its_codes_work_offline() -> None:
    """Input N78."""
    words, ending = FIXED["labels"]["codes_until"], text_of(replace(AIGUL, codes_until=date(2026, 6, 30)))
    assert ending.count("30 JUN 2026") == len(AIGUL.doses)
    assert all(words[language] in ending for language in ("ky", "ru", "en", "ar"))
    assert not any(words[language] in text_of(AIGUL) for language in words)


def test_a_template_made_before_these_words_keeps_working() -> None:
    older = json.loads(PACKAGED_FILE.read_text("utf-8"))
    del older["labels"]["codes_until"]
    faults, template = read_template(json.dumps(older).encode())
    assert faults == []
    assert template is not None
    sheet = render_sheet(replace(AIGUL, codes_until=date(2026, 6, 30)), template)
    with pypdfium2.PdfDocument(sheet) as document:
        assert "30 JUN 2026" in document[0].get_textpage().get_text_range()
