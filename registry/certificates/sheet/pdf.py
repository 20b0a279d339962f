"""A PDF file written page by page (ISO 32000-1): what is on a page leaves the memory when the next one begins."""

import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import BinaryIO

from registry.certificates.sheet.typefaces import NAMES, Face, Glyph, load_faces

A4 = (595.28, 841.89)
_CATALOG, _PAGES, _ABOUT, _RESOURCES = 1, 2, 3, 4
# Each font takes six objects, the pages whatever comes after.
_OF_A_FONT = 6
_FIRST_FREE = _RESOURCES + 1 + _OF_A_FONT * len(NAMES)


class Document:
    """One PDF file. The same pages give the same bytes: no clock, no identifier of the run.

    `about` fills Title, Author, Subject and Keywords, which viewers show and search engines of archives read.
    """

    def __init__(self, to: BinaryIO, *, about: dict[str, str], language: str = "en") -> None:
        self._to, self._about, self._language = to, about, language
        self._written = 0
        self._hash = sha256()
        self._offsets: dict[int, int] = {}
        self._pages: list[int] = []
        self._extra: dict[str, dict[Glyph, int]] = {name: {} for name in NAMES}
        # The comment with bytes above 127 tells programs that carry the file that it is no text.
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def code(self, face: Face, glyph: Glyph) -> str:
        """The glyph's number in this document as four hexadecimal digits."""
        number = face.numbers.get(glyph)
        if number is None:
            extra = self._extra[face.name]
            number = extra.setdefault(glyph, len(face.numbers) + len(extra) + 1)
        return f"{number:04X}"

    def add_page(self, content: str, size: tuple[float, float] = A4) -> None:
        number = _FIRST_FREE + 2 * len(self._pages)
        self._stream(number, zlib.compress(content.encode("ascii"), 6))
        self._object(
            number + 1,
            f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {size[0]} {size[1]}]"
            f"/Resources {_RESOURCES} 0 R/Contents {number} 0 R>>",
        )
        self._pages.append(number + 1)

    def close(self) -> None:
        """Write what belongs to the whole file. The stream itself stays open."""
        fonts = []
        for place, (name, face) in enumerate(load_faces().items()):
            first = _RESOURCES + 1 + place * _OF_A_FONT
            fonts.append(f"/{place} {first} 0 R")
            self._font(first, face, self._extra[name])
        self._object(_RESOURCES, f"<</Font<<{''.join(fonts)}>>>>")
        self._object(_ABOUT, f"<<{''.join(f'/{key}{_text(value)}' for key, value in self._about.items() if value)}>>")
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(_PAGES, f"<</Type/Pages/Count {len(self._pages)}/Kids[{kids}]>>")
        self._object(
            _CATALOG,
            f"<</Type/Catalog/Pages {_PAGES} 0 R/Lang({self._language})/ViewerPreferences<</DisplayDocTitle true>>>>",
        )
        self._cross_references()

    def _cross_references(self) -> None:
        start, size, identity = self._written, len(self._offsets) + 1, self._hash.hexdigest()[:32].upper()
        lines = "".join(f"{self._offsets[number]:010d} 00000 n \n" for number in range(1, size))
        self._write(
            f"xref\n0 {size}\n0000000000 65535 f \n{lines}trailer\n<</Size {size}/Root {_CATALOG} 0 R"
            f"/Info {_ABOUT} 0 R/ID[<{identity}><{identity}>]>>\nstartxref\n{start}\n%%EOF\n".encode()
        )

    def _font(self, first: int, face: Face, more: Iterable[Glyph]) -> None:
        """A font whose characters are our own numbers, with what each draws, means and how wide it is."""
        inside, about, program, drawings, meanings = range(first + 1, first + _OF_A_FONT)
        font = face.embed(more)
        self._object(
            first,
            f"<</Type/Font/Subtype/Type0/BaseFont/{font.name}/Encoding/Identity-H"
            f"/DescendantFonts[{inside} 0 R]/ToUnicode {meanings} 0 R>>",
        )
        self._object(
            inside,
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{font.name}/FontDescriptor {about} 0 R"
            f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/CIDToGIDMap {drawings} 0 R/DW 0/W[1[{font.widths}]]>>",
        )
        self._object(
            about,
            f"<</Type/FontDescriptor/FontName/{font.name}/Flags 4/ItalicAngle 0/StemV 80/Ascent {face.ascent}"
            f"/Descent {face.descent}/CapHeight {face.ascent}/FontBBox[-1000 {face.descent} 2000 {face.ascent}]"
            f"/FontFile2 {program} 0 R>>",
        )
        self._stream(program, font.program, more=f"/Length1 {font.length}")
        self._stream(drawings, font.drawings)
        self._stream(meanings, font.meanings)

    def _stream(self, number: int, data: bytes, *, more: str = "") -> None:
        """`data` is compressed already."""
        self._begin(number)
        self._write(f"<</Filter/FlateDecode/Length {len(data)}{more}>>\nstream\n".encode())
        self._write(data)
        self._write(b"\nendstream\nendobj\n")

    def _object(self, number: int, body: str) -> None:
        self._begin(number)
        self._write(f"{body}\nendobj\n".encode("ascii"))

    def _begin(self, number: int) -> None:
        self._offsets[number] = self._written
        self._write(f"{number} 0 obj\n".encode())

    def _write(self, data: bytes) -> None:
        self._to.write(data)
        self._hash.update(data)
        self._written += len(data)


def _text(words: str) -> str:
    """A text string of the file's own data: UTF-16 with its mark, in hexadecimal digits."""
    return f"<{(chr(0xFEFF) + words).encode('utf-16-be').hex()}>"
