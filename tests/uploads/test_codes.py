"""Pictures and PDFs cost no more than their limits: security B4."""

import io
import struct
import zlib
from collections.abc import Callable

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from registry.uploads import codes
from registry.uploads.codes import NoPicture, read_codes
from tests.uploads.test_reading import spent_by_children


def png_of(width: int, height: int) -> bytes:
    """A picture that says it has so many dots, and has a thousandth of them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(width * height // 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf_of(pages: int, side: int) -> bytes:
    file = io.BytesIO()
    with pypdfium2.PdfDocument.new() as document:
        for _ in range(pages):
            document.new_page(side, side)
        document.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (lambda: png_of(50_000, 50_000), "image"),
        (lambda: png_of(13_000, 13_000), "image"),
        (lambda: b"x" * (codes.MOST + 1), "pdf"),
        (lambda: b"%PDF-1.7 broken", "pdf"),
    ],
    ids=["a bomb", "a large one, cut off", "too large a file", "no PDF"],
)
def test_b4_a_hostile_picture_is_refused(content: Callable[[], bytes], kind: str) -> None:
    before = spent_by_children()
    with pytest.raises(NoPicture):
        read_codes(content(), "pdf" if kind == "pdf" else "image")
    assert spent_by_children() - before < 5


def test_b4_a_page_as_large_as_a_house_is_rendered_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codes.LIMITS, "cpu", 10)
    assert read_codes(pdf_of(1, 14_400), "pdf") == []


def test_b4_a_reader_over_its_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codes.LIMITS, "cpu", 1)
    with pytest.raises(NoPicture):
        read_codes(pdf_of(50, 3_000), "pdf")


def test_the_codes_of_a_picture_are_read() -> None:
    file = io.BytesIO()
    drawn = zxingcpp.create_barcode("https://x.example/v/1", zxingcpp.BarcodeFormat.QRCode).to_image(scale=4)
    Image.fromarray(drawn).save(file, "PNG")
    assert read_codes(file.getvalue(), "image") == ["https://x.example/v/1"]
