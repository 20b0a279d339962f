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
    assert "02 JAN 2026–23 DEC 2030" in back
    assert FIXED["pocket"]["more"]["en"] not in back


def test_more_doses_than_a_card_holds_are_left_to_the_sheet_and_that_is_said() -> None:
    _, back = texts_of(SEVEN_DOSES)
    assert all(f"LOT{number}" in back for number in range(2))
    assert "LOT2" not in back
    assert FIXED["pocket"]["more"]["en"] in back


def test_a_training_card_says_so_on_both_sides_and_never_calls_itself_a_certificate() -> None:
    for side in texts_of(TRAINING):
        for language in ("ky", "ru", "en", "ar"):
            assert FIXED["training"]["band"][language] in side
            assert FIXED["title"][language] not in side
    assert "TRAINING" not in "".join(texts_of(AIGUL))


def test_both_sides_name_disease_and_type_of_vaccine() -> None:
    """Certificate C16."""
    for side in texts_of(AIGUL):
        assert "Meningococcal disease (A, C, W, Y)" in side
        assert "MenQuadfi, conjugate" in side
        assert "Seasonal influenza" in side


@pytest.mark.parametrize(("cards", "columns", "lines"), [(1, 1, 1), (2, 2, 1), (3, 2, 2), (8, 2, 4)])
def test_cut_marks_stand_around_the_cards_that_are_there(cards: int, columns: int, lines: int) -> None:
    """Certificate C16: one card does not come with the marks of eight."""
    document = pypdfium2.PdfDocument(render_pocket(NINE[:cards]))
    for number, page in enumerate(document):
        ink = ImageOps.invert(page.render(scale=4, grayscale=True).to_pil()).point(lambda grey: 255 * (grey > 150))
        left = (210 - 2 * CARD_WIDTH) / 2 + (CARD_WIDTH if number % 2 and columns == 1 else 0)
        top = (297 - 4 * CARD_HEIGHT) / 2
        right, foot = left + columns * CARD_WIDTH, top + lines * CARD_HEIGHT
        # The marks are 4 mm long and 1 mm away.
        edges = [edge / 4 / MM for edge in ink.getbbox() or ()]
        assert edges == pytest.approx([left - 5, top - 5, right + 5, foot + 5], abs=1)
    document.close()


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_a_telephone_reads_the_link_of_every_front_and_the_signed_code_of_every_back(dpi: int) -> None:
    """Certificate C16: without a network the card proves as much as the sheet."""
    document = pypdfium2.PdfDocument(render_pocket([*NINE[:7], replace(LONGEST, training=True)]))
    front, back = (document[page].render(scale=dpi / 72, grayscale=True).to_pil() for page in (0, 1))
    document.close()
    assert codes_in(front) == {LONGEST.verify_url, *(facts.verify_url for facts in NINE[:7])}
    assert codes_in(back) == {LONGEST.doses[0].signed_code, AIGUL.doses[0].signed_code}
