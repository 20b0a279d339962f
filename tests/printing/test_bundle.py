"""Files bound into one: the pages of all, in order; a damaged part is no page of anybody's."""

from io import BytesIO

import pypdfium2
import pytest

from registry.certificates.sheet import render_sheet, render_sheets
from registry.printing.bundle import NotOurPdf, bind, count_pages
from tests.certificates.sheets import AIGUL, SEVEN_DOSES
from tests.printing.piles import texts_of


def bound(*parts: bytes) -> bytes:
    file = BytesIO()
    bind(parts, file, title="Тизме", language="ky")
    return file.getvalue()


def pixels(pdf: bytes, page: int) -> bytes:
    with pypdfium2.PdfDocument(pdf) as document:
        return bytes(document[page].render(scale=0.5).to_pil().tobytes())


def test_all_pages_are_there_in_order_and_look_as_before() -> None:
    one, many = render_sheet(AIGUL), BytesIO()
    render_sheets([SEVEN_DOSES, AIGUL], many, title="")
    whole = bound(one, many.getvalue(), one)
    assert texts_of(whole) == [*texts_of(one), *texts_of(many.getvalue()), *texts_of(one)]
    pages_of_many = len(texts_of(many.getvalue()))
    assert pixels(whole, 0) == pixels(whole, pages_of_many + 1) == pixels(one, 0)
    assert pixels(whole, 2) == pixels(many.getvalue(), 1)


def test_the_file_says_what_it_is_and_in_which_language() -> None:
    with pypdfium2.PdfDocument(bound(render_sheet(AIGUL))) as document:
        assert document.get_metadata_dict()["Title"] == "Тизме"
    assert b"/Lang (ky)" in bound(render_sheet(AIGUL))


def test_pages_are_counted() -> None:
    assert count_pages(render_sheet(AIGUL)) == 1
    assert bind([render_sheet(AIGUL)] * 3, BytesIO(), title="", language="en") == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda pdf: b"",
        lambda pdf: pdf[:-20],
        lambda pdf: pdf[: len(pdf) // 2],
        lambda pdf: b"not a PDF" + pdf,
        lambda pdf: pdf.replace(b"endobj", b"endobx"),
        lambda pdf: pdf.replace(b"/Count", b"/Cuont"),
        lambda pdf: pdf.replace(b"/Root", b"/Roof"),
    ],
    ids=["empty", "no end", "half", "no header", "no ends of objects", "no count", "no root"],
)
def test_a_damaged_part_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(NotOurPdf):
        bound(damage(render_sheet(AIGUL)))
