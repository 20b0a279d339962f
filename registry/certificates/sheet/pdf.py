"""A reportlab document whose pages are drawn by the pen, and whose fonts say what each drawing means.

reportlab makes the file: pages, streams, catalogue, cross references. With its own fonts an Arabic word copies as its
joined forms. Ours know every pair of a drawing and its letters; they add themselves as reportlab's fonts do.
"""

import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any, BinaryIO, ClassVar

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFPage, PDFStream
from reportlab.pdfgen.canvas import Canvas

from registry.certificates.sheet.typefaces import NAMES, Face, Glyph, load_faces

A4 = (595.28, 841.89)
NO_DAY = date(2000, 1, 1)
_EFFORT = 5  # of the compression: 1.0 ms a page; the usual 6 takes 1.8 ms for 2 % less
_FIRST = "registry-sheet"


class _FirstFont:
    """What a page begins with: nothing. Otherwise it would name Helvetica, which the reader's machine must supply."""

    fontName: ClassVar = _FIRST  # noqa: N815 - reportlab's name, as the two below
    face: ClassVar = pdfmetrics.TypeFace(_FIRST)
    _multiByte = _dynamicFont = True  # noqa: N815


class _Page(PDFPage):
    """A page without pictures, shadings and transparency: what a canvas would otherwise set."""

    ExtGState: ClassVar = None
    _shadingUsed: ClassVar[dict[str, str]] = {}  # noqa: N815


pdfmetrics.registerFont(_FirstFont())


class Document:
    """One PDF file. The same pages give the same bytes: no clock, no identifier of the run.

    `about` fills Title, Author, Subject and Keywords, which viewers show and search engines of archives read; `dated`
    is the day it says it was made on.
    """

    def __init__(self, to: BinaryIO, *, about: dict[str, str], language: str = "en", dated: date = NO_DAY) -> None:
        # Untyped: the published stubs leave out what fonts and pages of one's own need.
        canvas: Any = Canvas(
            to,
            A4,
            invariant=True,
            pageCompression=1,
            pdfVersion=(1, 7),
            lang=language,
            initialFontName=_FIRST,  # type: ignore[arg-type] # the stubs say float; the library takes a name
        )
        self._canvas, self._document = canvas, canvas._doc  # noqa: SLF001 - where reportlab's own fonts add themselves
        for name, words in about.items():
            getattr(canvas, f"set{name}")(words)
        canvas.setDateFormatter(lambda *_now: f"D:{dated:%Y%m%d}000000Z")
        canvas.setCreator(about.get("Author", ""))
        canvas.setViewerPreference("DisplayDocTitle", "true")
        self._extra: dict[str, dict[Glyph, int]] = {name: {} for name in NAMES}

    def code(self, face: Face, glyph: Glyph) -> str:
        """The glyph's number in this document as four hexadecimal digits."""
        number = face.numbers.get(glyph)
        if number is None:
            extra = self._extra[face.name]
            number = extra.setdefault(glyph, len(face.numbers) + len(extra) + 1)
        return f"{number:04X}"

    def add_page(self, content: str, size: tuple[float, float] = A4) -> None:
        # Compressed at once: the canvas would keep the plain text of every page until the file is written.
        page: Any = _Page()
        page.pagewidth, page.pageheight = size
        page.Contents = _stream(self._document, zlib.compress(content.encode("ascii"), _EFFORT))
        self._document.addPage(page)

    def close(self) -> None:
        """Write the file. The stream itself stays open."""
        for place, (name, face) in enumerate(load_faces().items()):
            self._document.delayedFonts.append(_EmbeddedFont(str(place), face, self._extra[name]))
        self._canvas.save()


class _EmbeddedFont:
    """A font whose characters are our own numbers, with what each draws, means and how wide it is."""

    def __init__(self, name: str, face: Face, more: Iterable[Glyph]) -> None:
        self._name, self._face, self._more = name, face, more

    def addObjects(self, document: Any) -> None:  # noqa: N802 - reportlab calls it
        face, font = self._face, self._face.embed(self._more)
        descriptor = {
            "Type": PDFName("FontDescriptor"),
            "FontName": PDFName(font.name),
            "Flags": 4,
            "ItalicAngle": 0,
            "StemV": 80,
            "Ascent": face.ascent,
            "Descent": face.descent,
            "CapHeight": face.ascent,
            "FontBBox": PDFArray([-1000, face.descent, 2000, face.ascent]),
            "FontFile2": _stream(document, font.program, Length1=font.length),
        }
        inside = {
            "Type": PDFName("Font"),
            "Subtype": PDFName("CIDFontType2"),
            "BaseFont": PDFName(font.name),
            "CIDSystemInfo": PDFDictionary({"Registry": "(Adobe)", "Ordering": "(Identity)", "Supplement": 0}),
            "FontDescriptor": document.Reference(PDFDictionary(descriptor)),
            "CIDToGIDMap": _stream(document, font.drawings),
            "DW": 0,
            "W": f"[1[{font.widths}]]",
        }
        composite = {
            "Type": PDFName("Font"),
            "Subtype": PDFName("Type0"),
            "BaseFont": PDFName(font.name),
            "Encoding": PDFName("Identity-H"),
            "DescendantFonts": PDFArray([document.Reference(PDFDictionary(inside))]),
            "ToUnicode": _stream(document, font.meanings),
        }
        document.idToObject["BasicFonts"].dict[self._name] = document.Reference(PDFDictionary(composite))


def _stream(document: Any, compressed: bytes, **facts: int) -> Any:
    return document.Reference(PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode"), **facts}), compressed))
