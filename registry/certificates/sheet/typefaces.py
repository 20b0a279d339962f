"""The carried fonts as a PDF embeds them: only the drawings that are needed, and what each of them means.

Every pair of a drawing and its meaning has a number of its own. So whoever copies or searches the text gets the plain
letters that were written, whatever joined forms and ligatures (lam with alef) an Arabic word took on the page.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import uharfbuzz as hb

_FONTS = Path(__file__).parent.parent / "fonts"
LATIN, ARABIC = "NotoSans", "NotoNaskhArabic"
NAMES = tuple(f"{family}-{weight}" for family in (LATIN, ARABIC) for weight in ("Regular", "Bold"))

# What nearly every sheet needs is cut out of the fonts once in a process, not once for every sheet.
_EVERYDAY = (
    "АБВГДЕЁЖЗИЙКЛМНҢОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz 0123456789.,:;/?&=#%+_–-·•«»№’'()"
)
_EVERYDAY_ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ"
_EVERYDAY_WORDS = (*"،؛؟ ", "لا", "لأ", "لإ", "لآ", "بلا", "بلأ", "بلإ", "بلآ", *(f"ب{mark}" for mark in "ًٌٍَُِّْ"))
_UNKNOWN = 0
_ENTRIES = 100
"""Entries of one block of a map of letters, at most."""
_UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "cmap", "name", "OS/2", "post", "STAT", "DSIG", "gasp")


class Glyph(NamedTuple):
    """A drawing of a font, and the letters it stands for; empty where an earlier drawing says them."""

    drawing: int
    letters: str


class Placed(NamedTuple):
    """A glyph in a line, all lengths in thousandths of the type size: its advance, and how far off its place it is."""

    glyph: Glyph
    advance: int
    right: int
    up: int


class Face:
    """One carried font file, read once in a process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._face = hb.Face(hb.Blob.from_file_path(str(_FONTS / f"{name}.ttf")))
        self._font = hb.Font(self._face)
        self._font.scale = (1000, 1000)
        self._advances: dict[str, int] = {}
        extents = self._font.get_font_extents("ltr")
        self.ascent, self.descent = extents.ascender, extents.descender
        everyday = self._list_everyday()
        self.numbers: Mapping[Glyph, int] = {glyph: number for number, glyph in enumerate(everyday, start=1)}
        """The glyphs of every document, numbered from 1."""
        self.codes = {glyph.letters: f"{number:04X}" for glyph, number in self.numbers.items()}
        self._everyday = self._cut(everyday)

    def _list_everyday(self) -> list[Glyph]:
        if self.name.startswith(LATIN):
            return [self.glyph(letter) for letter in dict.fromkeys(_EVERYDAY)]
        # Alone, at the beginning of a word, at its end and within it a letter is drawn in four ways.
        forms = [(before, after) for before in ("", "ب") for after in ("", "ب")]
        joined = [f"{before}{letter}{after}" for letter in _EVERYDAY_ARABIC for before, after in forms]
        return list(dict.fromkeys(one.glyph for word in (*joined, *_EVERYDAY_WORDS) for one in self.shape(word)))

    def glyph(self, letter: str) -> Glyph:
        return Glyph(self._font.get_nominal_glyph(ord(letter)) or _UNKNOWN, letter)

    def advance(self, letter: str) -> int:
        """How far a letter moves the pen, in thousandths of the type size."""
        found = self._advances.get(letter)
        if found is None:
            found = self._advances[letter] = self.drawn_advance(self.glyph(letter))
        return found

    def drawn_advance(self, glyph: Glyph) -> int:
        return int(self._font.get_glyph_h_advance(glyph.drawing))

    def knows(self, letter: str) -> bool:
        return self.glyph(letter).drawing != _UNKNOWN

    def width(self, text: str) -> float:
        """The width of Latin or Cyrillic text at size 1."""
        return sum(map(self.advance, text)) / 1000

    def shape(self, text: str) -> list[Placed]:
        """Joined glyphs in their order on the page, from the left."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self._font, buffer)
        drawn = list(zip(buffer.glyph_infos, buffer.glyph_positions, strict=True))
        # A letter and the marks above it are one cluster, and its letters are said by the widest of its drawings.
        starts = sorted({info.cluster for info, _ in drawn})
        ends = dict(pairwise([*starts, len(text)]))
        bases = {info.cluster: info.codepoint for info, place in sorted(drawn, key=lambda one: one[1].x_advance)}
        placed = []
        for info, place in drawn:
            letters = text[info.cluster : ends[info.cluster]] if info.codepoint == bases[info.cluster] else ""
            glyph = Glyph(info.codepoint, letters)
            placed.append(Placed(glyph, place.x_advance, place.x_offset, place.y_offset))
        return placed

    def embed(self, more: Iterable[Glyph]) -> "Embedded":
        """The everyday glyphs and these, as a PDF carries them."""
        extra = tuple(more)
        return self._cut((*self.numbers, *extra)) if extra else self._everyday

    def _cut(self, glyphs: Sequence[Glyph]) -> "Embedded":
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(glyph.drawing for glyph in glyphs)
        unused = wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG)
        unused.update(int.from_bytes(table.encode(), "big") for table in _UNUSED_TABLES)
        wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
        plan = hb.SubsetPlan(self._face, wanted)
        renumbered = plan.old_to_new_glyph_mapping
        drawings = b"".join(renumbered[glyph.drawing].to_bytes(2, "big") for glyph in glyphs)
        program = plan.execute().blob.data
        letters = sha256(program).digest()[:6]
        return Embedded(
            name=f"{''.join(chr(ord('A') + letter % 26) for letter in letters)}+{self.name}",
            program=zlib.compress(program, 9),
            drawings=zlib.compress(b"\0\0" + drawings, 9),
            meanings=zlib.compress(_meanings(glyphs).encode("ascii"), 9),
            widths=" ".join(str(self.drawn_advance(glyph)) for glyph in glyphs),
            length=len(program),
        )


class Embedded(NamedTuple):
    """A font cut down to some glyphs, the streams compressed: the font file, glyph number to drawing, to letters."""

    name: str
    program: bytes
    drawings: bytes
    meanings: bytes
    widths: str
    length: int
    """Bytes of the font file before compression."""


@cache
def load_faces() -> Mapping[str, Face]:
    """All carried fonts by name (about 10 ms, once in a process)."""
    return {name: Face(name) for name in NAMES}


def _meanings(glyphs: Sequence[Glyph]) -> str:
    """A ToUnicode map (ISO 32000-1, 9.10.3): glyph number to UTF-16."""
    lines = [
        f"<{number:04X}><{glyph.letters.encode('utf-16-be').hex()}>"
        for number, glyph in enumerate(glyphs, 1)
        if glyph.letters
    ]
    blocks = [lines[start : start + _ENTRIES] for start in range(0, len(lines), _ENTRIES)]
    entries = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)"
        "/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange\n<0000><FFFF>\n"
        f"endcodespacerange\n{entries}endcmap CMapName currentdict/CMap defineresource pop end end"
    )
