"""Many sheets in one file, and the list that lies on them."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest

from registry.certificates.sheet import (
    CoverRow,
    SheetFacts,
    count_cover_pages,
    render_cover,
    render_sheet,
    render_sheets,
)
from registry.certificates.sheet.cover import ROWS
from tests.certificates.scanning import random_facts
from tests.certificates.sheets import AIGUL, LONGEST, SEVEN_DOSES, codes_in, contents_of

MADE = datetime(2025, 12, 23, 10, tzinfo=UTC)


def bound(*sheets: SheetFacts) -> bytes:
    paper = io.BytesIO()
    render_sheets(sheets, paper, title="Naryn")
    return paper.getvalue()


def test_each_page_of_a_pile_is_drawn_exactly_as_on_its_own() -> None:
    pile = [AIGUL, SEVEN_DOSES, LONGEST]
    alone = [page for facts in pile for page in contents_of(render_sheet(facts))]
    assert contents_of(bound(*pile)) == alone


def test_an_unusual_letter_in_one_name_harms_no_other_sheet() -> None:
    strange = replace(AIGUL, latin_name="ÅSGÅRD ŁUKASZ", cyrillic_name="Ѣѳѵ Ҝӓ")
    document = pypdfium2.PdfDocument(bound(AIGUL, strange, LONGEST))
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    assert "ÅSGÅRD ŁUKASZ" in texts[1]
    assert "Ѣѳѵ Ҝӓ" in texts[1]
    assert AIGUL.cyrillic_name in texts[0]
    assert "Жаңылмырза-Өскөнбаевна" in texts[2]


def test_a_sheet_more_costs_a_page_and_no_font() -> None:
    one, two = len(bound(AIGUL)), len(bound(AIGUL, replace(AIGUL, latin_name="OSMONOV BAKYT")))
    assert two - one < 15_000 < one


def test_every_code_of_a_pile_is_read() -> None:
    pile = [random_facts(number) for number in range(3)]
    document = pypdfium2.PdfDocument(bound(*pile))
    for page, facts in zip(document, pile, strict=True):
        codes = codes_in(page.render(scale=150 / 72, grayscale=True).to_pil())
        assert codes == {facts.verify_url, *(dose.signed_code for dose in facts.doses)}
    document.close()


def test_the_cover_lists_everybody_with_the_page_and_counts_its_own_pages() -> None:
    rows = [
        CoverRow(number, f"PILGRIM N{number}", f"PE{number:07d}", "7K3M9QXD2RTB", 100 + number)
        for number in range(1, 78)
    ]
    document = pypdfium2.PdfDocument(render_cover(rows, title="Naryn", order="By name", made_at=MADE, by="Osmonova"))
    texts = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    document.close()
    assert len(texts) == count_cover_pages(len(rows)) == 3
    for row in rows:
        line = f"{row.number} {row.latin_name} {row.passport_number} 7K3M-9QXD-2RTB {row.page}"
        assert line in texts[(row.number - 1) // ROWS]
    assert all("Naryn By name 23 DEC 2025 10:00 · Osmonova" in text for text in texts)
    assert [text.endswith(f"{page} / 3") for page, text in enumerate(texts, start=1)] == [True] * 3


def test_on_the_cover_a_group_stands_below_its_heading() -> None:
    row = CoverRow(1, "PILGRIM", "PE0000001", "7K3M9QXD2RTB", 2, "Naryn 3")
    with pypdfium2.PdfDocument(render_cover([row], title="Osh", order="", made_at=MADE)) as document:
        page = document[0].get_textpage()
        starts = [page.search(text).get_next() for text in ("Group", "Naryn 3")]
        heading, group = (page.get_charbox(start[0])[0] for start in starts if start)
    assert heading == pytest.approx(group, abs=1)


def test_an_empty_pile_still_has_its_cover() -> None:
    assert count_cover_pages(0) == 1
    document = pypdfium2.PdfDocument(render_cover([], title="Naryn", order="", made_at=MADE))
    assert len(document) == 1
    document.close()
