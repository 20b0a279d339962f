"""The sheet's fixed words and the letters it carries for them and for names."""

import re

import pypdfium2.raw as pdfium
import pytest

from registry.certificates.sheet.typefaces import load_faces
from tests.certificates.sheets import AIGUL, FIXED, opened, words_in

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
