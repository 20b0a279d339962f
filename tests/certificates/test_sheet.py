"""The printed sheet: what a reader, a scanner and a pilgrim with a long name find on it."""

import json
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from registry.certificates.sheet import SheetFacts, lettering, render_sheet, typefaces
from tests.certificates.sheets import (
    AIGUL,
    FIXED,
    INFLUENZA,
    LONGEST,
    MENINGOCOCCAL,
    SEVEN_DOSES,
    TRAINING,
    Box,
    codes_in,
    line_boxes,
    opened,
    picture_of,
    signed_text,
    text_of,
    words_in,
)

TITLE_PICTURE = Path(__file__).parent / "arabic_title.png"


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_every_label_stands_on_the_sheet_in_each_language(language: str) -> None:
    text = text_of(replace(AIGUL, replaces=("ABCDEFGHJKLM", date(2025, 12, 20)), codes_until=date(2026, 6, 30)))
    missing = [words[language] for words in words_in(FIXED["labels"]) if words[language] not in text]
    assert missing == []
    assert FIXED["title"][language] in text


def test_every_arabic_label_stands_on_the_sheet_word_by_word() -> None:
    words = {word for label in words_in(FIXED["labels"]) for word in label["ar"].split()}
    # Lam with alef is one drawing without a letter of its own, and marks above letters stand apart from them.
    plain = {word for word in words if not re.search("ل[اأإآ]|[\u064b-\u0652]", word)}
    text = text_of(replace(AIGUL, replaces=("ABCDEFGHJKLM", date(2025, 12, 20)), codes_until=date(2026, 6, 30))).split()
    assert len(plain) > 20
    assert plain - set(text) == set()


def test_arabic_is_joined_and_runs_from_right_to_left_as_the_stored_picture_shows() -> None:
    # The stored picture was looked at by eye; letters apart or in Latin order differ from it by more than a tenth.
    page = picture_of(AIGUL, 150)
    here = np.asarray(page.crop((880, 135, 1160, 240)), dtype=float)
    stored = np.asarray(Image.open(TITLE_PICTURE), dtype=float)
    assert here.shape == stored.shape
    assert np.abs(here - stored).mean() < 2


def test_all_facts_of_a_dose_can_be_read() -> None:
    text = text_of(AIGUL)
    for fact in ("MenQuadfi, Sanofi Pasteur", "U7E1234A", "23 DEC 2025", "02 JAN 2026 – 23 DEC 2030", "Conjugate"):
        assert fact in text
    assert "конъюгат · конъюгированная" in text
    assert INFLUENZA.vaccinator in text
    assert all(MENINGOCOCCAL.place[language] in text for language in ("ky", "ru", "en"))


def test_the_latin_name_stands_above_the_cyrillic_one_and_is_larger() -> None:
    with opened(AIGUL) as document:
        page = document[0].get_textpage()
        boxes = []
        for name in (AIGUL.latin_name, AIGUL.cyrillic_name):
            index, _ = page.search(name).get_next()
            boxes.append(page.get_charbox(index))
    (_, latin_foot, _, latin_top), (_, cyrillic_foot, _, cyrillic_top) = boxes
    assert latin_foot > cyrillic_top
    assert latin_top - latin_foot > 1.3 * (cyrillic_top - cyrillic_foot)


@pytest.mark.parametrize("facts", [AIGUL, TRAINING, LONGEST], ids=["ordinary", "training", "longest"])
@pytest.mark.parametrize("dpi", [100, 150, 200])
def test_all_three_codes_are_read_from_a_grey_picture_even_a_little_turned(facts: SheetFacts, dpi: int) -> None:
    expected = {facts.verify_url, *(dose.signed_code for dose in facts.doses)}
    picture = picture_of(facts, dpi)
    assert codes_in(picture) == expected
    if dpi >= 150:
        assert codes_in(picture.rotate(4, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)) == expected


def test_codes_stand_clear_of_the_edge_and_no_module_is_under_four_tenths_of_a_millimetre() -> None:
    dpi = 200
    per_mm = dpi / 25.4
    codes = zxingcpp.read_barcodes(picture_of(AIGUL, dpi))
    for code in codes:
        corners = [code.position.top_left, code.position.top_right, code.position.bottom_left]
        assert min(point.x for point in corners) / per_mm > 15.7
        assert max(point.x for point in corners) / per_mm < 210 - 15.7
        assert max(point.y for point in corners) / per_mm < 297 - 15.7
        side = (code.position.top_right.x - code.position.top_left.x) / per_mm
        assert side / (69 if code.text.startswith("HC1:") else 33) > 0.4


def test_a_very_long_signed_code_is_still_read_at_200_dpi() -> None:
    dose = replace(MENINGOCOCCAL, signed_code=signed_text(1) + signed_text(2)[4:300])
    assert dose.signed_code in codes_in(picture_of(replace(AIGUL, doses=(dose,)), 200))


def clashes(boxes: list[Box]) -> list[tuple[Box, Box]]:
    """Letters with tails may reach a quarter of a millimetre into the next line."""
    return [
        (one, other)
        for one, other in combinations(boxes, 2)
        if min(one[2], other[2]) - max(one[0], other[0]) > 0.25 and min(one[3], other[3]) - max(one[1], other[1]) > 0.25
    ]


@pytest.mark.parametrize("facts", [AIGUL, LONGEST, SEVEN_DOSES], ids=["ordinary", "longest", "seven doses"])
def test_no_text_lies_on_other_text_or_leaves_the_page(facts: SheetFacts) -> None:
    with opened(facts) as document:
        for number in range(len(document)):
            boxes = line_boxes(document, number)
            assert len(boxes) > 40
            assert all(left > 13 and right < 197 and bottom > 14 for left, bottom, right, _ in boxes)
            assert clashes(boxes) == []


def test_a_name_of_two_forty_letter_parts_is_printed_whole() -> None:
    letters = text_of(LONGEST).replace(" ", "")
    assert LONGEST.latin_name.replace(" ", "") in letters
    assert LONGEST.cyrillic_name.replace(" ", "") in letters


def test_a_word_that_no_cell_can_hold_is_cut_and_never_lost() -> None:
    dose = replace(MENINGOCOCCAL, lot="Ж" * 150)
    with opened(replace(AIGUL, doses=(dose,))) as document:
        assert document[0].get_textpage().get_text_range().count("Ж") == 150 + text_of(AIGUL).count("Ж") - 1
        assert max(right for _, _, right, _ in line_boxes(document, 0)) < 197


@pytest.mark.parametrize(("doses", "pages"), [(1, 1), (2, 1), (3, 2), (6, 2), (7, 3)])
def test_two_doses_fit_one_page_and_four_more_each_further_page(doses: int, pages: int) -> None:
    with opened(replace(SEVEN_DOSES, doses=SEVEN_DOSES.doses[:doses])) as document:
        assert len(document) == pages


def test_every_further_page_carries_its_codes_the_name_and_the_certificate_code() -> None:
    codes = [codes_in(picture_of(SEVEN_DOSES, 150, page)) for page in range(3)]
    assert set().union(*codes) == {SEVEN_DOSES.verify_url, *(dose.signed_code for dose in SEVEN_DOSES.doses)}
    text = text_of(SEVEN_DOSES)
    assert text.count("7K3M-9QXD-2RTB") == 3
    assert text.count(AIGUL.latin_name) == 3


@pytest.mark.parametrize(
    ("planned", "notice"),
    [
        (AIGUL.entry_from - timedelta(days=1), "too_early"),
        (AIGUL.entry_from, None),
        (date(2026, 12, 23), None),
        (date(2026, 12, 24), "too_late"),
        (None, None),
    ],
    ids=["a day early", "first day", "last day", "a day late", "no plan"],
)
def test_a_journey_outside_the_days_of_entry_is_told_in_words(planned: date | None, notice: str | None) -> None:
    text = text_of(replace(AIGUL, planned_arrival=planned))
    for name in ("too_early", "too_late"):
        for language in ("ky", "ru", "en"):
            assert (FIXED["entry"][name][language] in text) is (name == notice)


def test_an_arrival_nobody_stated_is_called_assumed() -> None:
    text = text_of(replace(LONGEST, arrival_assumed=True))
    assert "Assumed arrival" in text
    assert "Planned arrival" not in text


@pytest.mark.parametrize(
    ("precision", "printed"), [("day", "14 MAR 1968"), ("month", "MAR 1968"), ("year", "1968")], ids=str
)
def test_of_a_birth_date_only_what_is_known_is_printed(
    precision: Literal["day", "month", "year"], printed: str
) -> None:
    text = text_of(replace(AIGUL, birth_precision=precision))
    for longer in ("14 MAR 1968", "MAR 1968", "1968"):
        assert (longer in text) is (longer in printed)


def test_words_given_in_english_only_still_make_a_whole_sheet() -> None:
    english = {"en": "Osh city polyclinic"}
    dose = replace(MENINGOCOCCAL, place=english, disease={"en": "Meningococcal disease", "ar": "Meningococcal disease"})
    text = text_of(replace(AIGUL, authority={"en": "Ministry of Health"}, campaign_title=english, doses=(dose,)))
    assert text.count("Osh city polyclinic") == 2
    assert "Ministry of Health" in text


def test_entry_without_a_last_day_says_so_in_words() -> None:
    # Beside Arabic a reader may take a line's words in either order.
    assert {"end", "мөөнөтсүз", "бессрочно", "انتهاء"} <= set(text_of(replace(AIGUL, entry_until=None)).split())


def test_a_replacing_certificate_names_the_one_it_stands_in_for() -> None:
    assert "ABCD-EFGH-JKLM · 20 DEC 2025" in text_of(LONGEST)
    assert FIXED["labels"]["replaces"]["en"] not in text_of(AIGUL)


def test_a_training_sheet_says_so_on_every_page_and_a_real_one_never() -> None:
    text = text_of(replace(SEVEN_DOSES, training=True))
    for language in ("ky", "ru", "en"):
        assert text.count(FIXED["training"]["band"][language]) == 6
    assert "TRAINING" not in text_of(AIGUL)


def test_a_training_sheet_is_marked_across_its_middle_too() -> None:
    plain, marked = (np.asarray(picture_of(facts, 50), dtype=float) for facts in (AIGUL, TRAINING))
    middle = slice(150, 440)
    assert (np.abs(plain - marked)[middle] > 10).mean() > 0.08


def test_a_vaccine_type_without_words_is_printed_as_it_is() -> None:
    dose = replace(MENINGOCOCCAL, vaccine_type="viral_vector")
    assert "viral vector" in text_of(replace(AIGUL, doses=(dose,)))


def test_sheets_printed_at_the_same_time_do_not_disturb_each_other() -> None:
    alone = [render_sheet(facts) for facts in (AIGUL, LONGEST)]
    with ThreadPoolExecutor(max_workers=4) as threads:
        together = list(threads.map(render_sheet, [AIGUL, LONGEST] * 4))
    assert together == alone * 4


def test_what_was_printed_before_leaves_no_trace_in_a_sheet() -> None:
    other = replace(AIGUL, campaign_title={"en": "Hajj", "ar": "آلات الأولى للإسلام الآن بلأم محمد الله كلًّا"})
    printed = []
    for earlier in ([], [other]):
        for memory in (typefaces.load_faces, lettering.set_fixed_text):
            memory.cache_clear()  # as in a new process
        printed.append([render_sheet(facts) for facts in (*earlier, AIGUL)][-1])
    assert printed[0] == printed[1]


def test_stored_facts_print_the_same_bytes_again() -> None:
    stored = json.loads(json.dumps({**LONGEST.to_json(), "added_later": True}))
    assert SheetFacts.from_json(stored) == LONGEST
    assert render_sheet(SheetFacts.from_json(stored)) == render_sheet(LONGEST)


def test_the_document_has_a_title_an_author_and_a_language_and_stays_small() -> None:
    paper = render_sheet(AIGUL)
    with opened(AIGUL) as document:
        about = document.get_metadata_dict()
    assert about["Title"] == "Vaccination certificate 7K3M-9QXD-2RTB"
    assert about["Author"] == "Ministry of Health of the Kyrgyz Republic"
    assert b"/Lang (en)" in paper
    assert about["CreationDate"] == "D:20251223000000Z"
    assert b"ReportLab" in paper
    assert len(paper) < 70_000


def test_the_sheet_never_calls_itself_the_international_certificate() -> None:
    text = unicodedata.normalize("NFKC", text_of(AIGUL)).lower()
    assert not re.search("icvp|prophylaxis certificate|international certificate|world health|who", text)
