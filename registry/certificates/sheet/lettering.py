"""Letters on the page: the embedded fonts, Arabic joined and in its order, text that shrinks or wraps to its cell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import cast

from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import ShapedStr, TTFont, shapeStr
from reportlab.pdfgen.canvas import Canvas

from registry.certificates.qr import QUIET_ZONE, qr_matrix, qr_operators

PAGE_WIDTH, PAGE_HEIGHT = 210, 297

Colour = tuple[float, float, float]
INK: Colour = (0.08, 0.10, 0.12)
WHITE: Colour = (1, 1, 1)

_FONTS = Path(__file__).parent.parent / "fonts"
_LATIN, _ARABIC = "NotoSans", "NotoNaskhArabic"
FIRST_FONT = f"{_LATIN}-Regular"
_LETTER = "\u0600-\u06ff"
_RUN = re.compile(rf"[{_LETTER}](?:[{_LETTER}\s]*[{_LETTER}])?|\s+|[^{_LETTER}\s](?:[^{_LETTER}]*[^{_LETTER}\s])?")
_IS_ARABIC = re.compile(f"[{_LETTER}]")
# Drawings without a letter of their own get a number when they first occur. Meeting them all at the start keeps the
# numbers, and so the bytes of a sheet, the same whatever was printed before it.
_LIGATURES = "لا لأ لإ لآ بلا بلأ بلإ بلآ لله الله مّ مًّ مٌّ مٍّ مَّ مُّ مِّ"
# A line may break at a space and after a hyphen, as in two-part surnames.
_PIECE = re.compile(r"\s+|[^\s-]*-|[^\s-]+")
_LEADING = 1.18
# The largest size, as a share of the wished one, at which a text may stand in one, two, three lines; and the least.
_SHRINK = (1.0, 0.8, 0.65, 0.5)
_EMPTY = 1e-6


@cache
def load_fonts() -> None:
    """Parse the four fonts, once in a process (about 20 ms)."""
    for family in (_LATIN, _ARABIC):
        for weight in ("Regular", "Bold"):
            name = f"{family}-{weight}"
            # Otherwise the whole of ASCII is embedded in each font: twice the time and size of a sheet.
            pdfmetrics.registerFont(TTFont(name, _FONTS / f"{name}.ttf", asciiReadable=False))
            if family == _ARABIC:
                shapeStr(_LIGATURES, name, 1000)
    # Streams as they are, without a wrapping made for seven-bit mail: a fifth smaller.
    rl_config.useA85 = 0


@cache
def _advances(font: str) -> dict[str, float]:
    """How far each letter of a font moves the pen at size 1."""
    face = cast("TTFont", pdfmetrics.getFont(font)).face
    return {chr(code): width / 1000 for code, width in face.charWidths.items()}


def _width(text: str, font: str) -> float:
    """The width of Latin or Cyrillic text at size 1; a third of the time of the library's own."""
    advances = _advances(font)
    return sum([advances.get(letter, 0.6) for letter in text])


# The words of the sheet come back on every sheet; names never pass through here.
@lru_cache(maxsize=256)
def _shaped(text: str, font: str) -> tuple[ShapedStr, float]:
    """Joined Arabic glyphs in the order of the page, and their width at size 1."""
    glyphs = shapeStr(text, font, 1000, force=True)
    return glyphs, sum(glyph.x_advance for glyph in glyphs.__shapeData__) / 1000


def _arabic_runs(text: str, weight: str) -> Iterator[tuple[str, str, float]]:
    """Font, glyphs and width at size 1 of each stretch of one script, in the order of reading."""
    for run in _RUN.findall(text):
        if _IS_ARABIC.match(run):
            font = f"{_ARABIC}-{weight}"
            yield font, *_shaped(run, font)
        else:
            font = f"{_LATIN}-{weight}"
            yield font, run, _width(run, font)


def _wrapped(text: str, font: str, width: float) -> list[str]:
    """Lines no wider than `width` (at size 1); a word wider than that stands alone and sticks out."""
    lines, line, taken = [], "", 0.0
    for piece in _PIECE.findall(text):
        advance = _width(piece, font)
        if line and not piece.isspace() and taken + advance > width:
            lines.append(line.rstrip())
            line, taken = "", 0.0
        if line or not piece.isspace():
            line += piece
            taken += advance
    return [*lines, line.rstrip()]


def _cut(text: str, font: str, width: float) -> list[str]:
    """Lines no wider than `width`, broken between any two letters."""
    lines = [""]
    for letter in text:
        if lines[-1] and _width(lines[-1] + letter, font) > width:
            lines.append("")
        lines[-1] += letter
    return [line.strip() for line in lines]


def fitted(text: str, font: str, size: float, width: float, lines: int) -> tuple[float, list[str]]:
    """The size, up to `size`, and the lines, up to so many, in which `text` fits `width` points.

    It shrinks a little before it takes another line. What fits in no such way is cut between letters and shrunk
    further, so that nothing ever leaves its cell or loses a letter.
    """
    natural = _width(text, font)
    if natural * size * _SHRINK[1] <= width or lines == 1:
        return min(size, width / max(natural, _EMPTY)), [text]
    for count, (most, least) in enumerate(pairwise(_SHRINK[1 : lines + 1]), start=2):
        for step in range(5):
            trial = size * (most - (most - least) * step / 4)
            rows = _wrapped(text, font, width / trial)
            if len(rows) <= count and all(_width(row, font) * trial <= width for row in rows):
                return trial, rows
    size *= _SHRINK[lines]
    while len(rows := _cut(text, font, width / size)) > lines:
        size *= 0.95
    return size, rows


@dataclass(frozen=True)
class Pen:
    """Draws on one page. Lengths are millimetres from its top left corner, type sizes are points, `y` is a baseline."""

    canvas: Canvas

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        width: float,
        bold: bool = False,
        colour: Colour = INK,
        lines: int = 1,
        centred: bool = False,
    ) -> float:
        """Text of one script within `x` and `x + width`: Latin and Cyrillic from the left, Arabic from the right.

        Latin and Cyrillic shrink and wrap, up to three `lines` centred about `y`; Arabic shrinks on its one line.
        Returns the height of the lines in millimetres.
        """
        weight = "Bold" if bold else "Regular"
        self.canvas.setFillColorRGB(*colour)
        if _IS_ARABIC.search(text):
            size = self._write_arabic(
                text, weight=weight, size=size, left=x * mm, right=(x + width) * mm, y=y, centred=centred
            )
            return size * _LEADING / mm
        font = f"{_LATIN}-{weight}"
        size, rows = fitted(text, font, size, width * mm, lines)
        leading = size * _LEADING / mm
        y -= leading * (len(rows) - 1) / 2
        for number, row in enumerate(rows):
            indent = (width - _width(row, font) * size / mm) / 2 if centred else 0
            self._put(row, font, size, (x + indent) * mm, y + number * leading)
        return leading * len(rows)

    def _write_arabic(
        self, text: str, *, weight: str, size: float, left: float, right: float, y: float, centred: bool
    ) -> float:
        """Runs of glyphs from right to left; numbers and Latin words among them keep their own direction.

        Brackets would need the whole bidirectional algorithm: the sheet's own words have none. Returns the size.
        """
        runs = list(_arabic_runs(text, weight))
        natural = sum(advance for _, _, advance in runs)
        size = min(size, (right - left) / natural)
        pen_x = right - (right - left - natural * size) / 2 if centred else right
        for font, run, advance in runs:
            pen_x -= advance * size
            self._put(run, font, size, pen_x, y)
        return size

    def _put(self, run: str, font: str, size: float, left: float, y: float) -> None:
        line = self.canvas.beginText(left, self._up(y))
        line.setFont(font, size)
        line.textOut(run)
        self.canvas.drawText(line)

    def rule(self, x: float, y: float, width: float, *, colour: Colour, weight: float = 0.4) -> None:
        """A horizontal line, `weight` in points."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(weight)
        self.canvas.line(x * mm, self._up(y), (x + width) * mm, self._up(y))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None = None,
        edge: Colour | None = None,
        weight: float = 0.6,
    ) -> None:
        """A rectangle hanging from its top left corner; `weight` is the edge's, in points."""
        if fill:
            self.canvas.setFillColorRGB(*fill)
        if edge:
            self.canvas.setStrokeColorRGB(*edge)
            self.canvas.setLineWidth(weight)
        self.canvas.rect(x * mm, self._up(y + height), width * mm, height * mm, stroke=bool(edge), fill=bool(fill))

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """A QR symbol of level M, black from `x` to `x + side`; its quiet zone is a white frame around that."""
        matrix = qr_matrix(text)
        module = side / len(matrix)
        quiet = QUIET_ZONE * module
        self.box(x - quiet, y - quiet, side + 2 * quiet, side + 2 * quiet, fill=WHITE)
        self.canvas.saveState()
        self.canvas.translate(x * mm, self._up(y + side))
        self.canvas.scale(module * mm, module * mm)
        self.canvas.setFillGray(0)
        self.canvas.addLiteral(qr_operators(matrix))
        self.canvas.restoreState()

    @staticmethod
    def _up(y: float) -> float:
        """Points above the foot of the page, as PDF counts, from millimetres below its top."""
        return (PAGE_HEIGHT - y) * mm
