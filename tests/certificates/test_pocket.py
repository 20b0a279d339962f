"""The card for the pocket: what is on it, and that each back lies behind its own front."""

from dataclasses import replace

import pypdfium2
import pytest
from PIL import ImageChops, ImageOps

from registry.certificates.sheet import SheetFacts, render_pocket
from registry.certificates.sheet.pocket import CARD_HEIGHT, CARD_WIDTH
from tests.certificates.sheets import AIGUL, FIXED, LONGEST, MM, SEVEN_DOSES, TRAINING, codes_in

NINE = [
    replace(AIGUL, code=f"7K3M9QXD2RT{number}", verify_url=f"https://verify.example.kg/v/card-number-{number}")
    for number in range(1, 10)
]


def cell(page: pypdfium2.PdfPage, column: int, line: int) -> str:
    """The text of one card, whose place is counted from the upper left."""
    left = (210 - 2 * CARD_WIDTH) / 2 + column * CARD_WIDTH
    top = 297 - (297 - 4 * CARD_HEIGHT) / 2 - line * CARD_HEIGHT
    text: str = page.get_textpage().get_text_bounded(
        left * MM, (top - CARD_HEIGHT) * MM, (left + CARD_WIDTH) * MM, top * MM
    )
    return " ".join(text.split())


def texts_of(facts: SheetFacts) -> tuple[str, str]:
    document = pypdfium2.PdfDocument(render_pocket([facts]))
    try:
        return cell(document[0], 0, 0), cell(document[1], 1, 0)
    finally:
        document.close()


def test_eight_cards_share_a_page_and_each_back_is_mirrored_behind_its_front() -> None:
    document = pypdfium2.PdfDocument(render_pocket(NINE))
    assert len(document) == 4
    for place, facts in enumerate(NINE):
        front, column, line = 2 * (place // 8), place % 2, place % 8 // 2
        code = f"7K3M-9QXD-2RT{facts.code[11:]}"
        assert code in cell(document[front], column, line)
        assert code in cell(document[front + 1], 1 - column, line)
    document.close()


def test_turned_on_its_long_edge_the_second_page_has_its_cut_marks_behind_those_of_the_first() -> None:
    document = pypdfium2.PdfDocument(render_pocket(NINE))
    front, back = (document[page].render(scale=2, grayscale=True).to_pil() for page in (0, 1))
    document.close()
    for picture in (front, back):
        picture.paste(255, (100, 226, picture.width - 100, picture.height - 226))  # the cards themselves
    assert ImageChops.difference(front, ImageOps.mirror(back)).point(lambda grey: 255 * (grey > 128)).getbbox() is None


def test_the_front_says_who_until_when_and_by_which_code() -> None:
    front, back = texts_of(AIGUL)
    for fact in ("ASANBEKOVA AIGUL", "PE0012345", "14 MAR 1968", "02 JAN 2026 – 23 DEC 2026", "7K3M-9QXD-2RTB"):
        assert fact in front
    for words in (FIXED["title"], FIXED["pocket"]["entry"], FIXED["labels"]["passport_number"]):
        assert all(words[language] in front for language in ("ky", "ru", "en"))
    assert FIXED["title"]["ar"] in front
    assert "U7E1234A" not in front
    assert "PE0012345" not in back


def test_the_back_says_what_was_given_and_how_long_it_counts() -> None:
    _, back = texts_of(AIGUL)
    for dose in AIGUL.doses:
        for fact in (*(dose.disease[code] for code in ("ky", "ru", "en")), dose.product, dose.lot, "23 DEC 2025"):
            assert fact in back
    assert "02 JAN 2026 – 23 DEC 2030" in back
    assert FIXED["pocket"]["more"]["en"] not in back


def test_more_doses_than_a_card_holds_are_left_to_the_sheet_and_that_is_said() -> None:
    _, back = texts_of(SEVEN_DOSES)
    assert all(f"LOT{number}" in back for number in range(3))
    assert "LOT3" not in back
    assert FIXED["pocket"]["more"]["en"] in back


def test_a_training_card_says_so_on_both_sides_and_never_calls_itself_a_certificate() -> None:
    for side in texts_of(TRAINING):
        for language in ("ky", "ru", "en", "ar"):
            assert FIXED["training"]["band"][language] in side
            assert FIXED["title"][language] not in side
    assert "TRAINING" not in "".join(texts_of(AIGUL))


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_a_telephone_reads_every_front_and_no_back(dpi: int) -> None:
    document = pypdfium2.PdfDocument(render_pocket([*NINE[:7], replace(LONGEST, training=True)]))
    front, back = (document[page].render(scale=dpi / 72, grayscale=True).to_pil() for page in (0, 1))
    document.close()
    assert codes_in(front) == {LONGEST.verify_url, *(facts.verify_url for facts in NINE[:7])}
    assert codes_in(back) == set()
