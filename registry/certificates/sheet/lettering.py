"""Lines of text on a page: text that shrinks or wraps to its cell, Arabic joined and in its order."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from registry.certificates.sheet.typefaces import ARABIC, LATIN, NAMES, Face, Glyph, Placed, load_faces

PAGE_WIDTH, PAGE_HEIGHT = 210, 297
MM = 72 / 25.4
"""Points of a millimetre."""

Colour = str
"""Red, green and blue between 0 and 1, as PDF writes them."""
INK: Colour = ".08 .1 .12"
WHITE: Colour = "1 1 1"

_LETTER = "\u0600-\u06ff"
_RUN = re.compile(rf"[{_LETTER}](?:[{_LETTER}\s]*[{_LETTER}])?|\s+|[^{_LETTER}\s](?:[^{_LETTER}]*[^{_LETTER}\s])?")
_IS_ARABIC = re.compile(f"[{_LETTER}]")
# A line may break at a space and after a hyphen, as in two-part surnames, or a slash, as in addresses.
_PIECE = re.compile(r"\s+|[^\s/-]*[/-]|[^\s/-]+")
_LEADING = 1.18
# The largest size, as a share of the wished one, at which a text may stand in one, two, three lines; and the least.
_SHRINK = (1.0, 0.8, 0.65, 0.5)
_LEAST = 0.42
"""Of the wished size, before a text is cut between letters."""
_EMPTY = 1e-6

Code = Callable[[Face, Glyph], str]
"""The four hexadecimal digits by which a page names a glyph."""


class Cell(NamedTuple):
    """Where a text may stand: `width` millimetres from `x`, about the baseline `y`; and how, `size` in points."""

    x: float
    y: float
    width: float
    size: float
    bold: bool = False
    colour: Colour = INK
    lines: int = 1
    centred: bool = False


class Lettering(NamedTuple):
    """Text as PDF operators, the height of its lines in millimetres and the size it got in points."""

    operators: str
    height: float
    size: float
    arabic: bool


def set_text(text: str, cell: Cell, code: Code) -> Lettering:
    """Text of one script within a cell: Latin and Cyrillic from the left, Arabic from the right.

    Latin and Cyrillic shrink and wrap, up to three `lines` centred about `y`; Arabic shrinks on its one line.
    """
    return (_set_arabic if _IS_ARABIC.search(text) else _set_lines)(text, cell, code)


def measure(text: str, cell: Cell) -> tuple[float, float]:
    """The height in millimetres and the size in points that Latin or Cyrillic text takes in a cell."""
    size, rows = fitted(text, _face(LATIN, cell), cell.size, cell.width * MM, cell.lines)
    return len(rows) * size * _LEADING / MM, size


@lru_cache(maxsize=4096)
def set_fixed_text(text: str, cell: Cell) -> Lettering | None:
    """The same for words that come back on every sheet, remembered; None where they need an unusual letter."""
    try:
        return set_text(text, cell, _everyday_code)
    except KeyError:
        return None


def _everyday_code(face: Face, glyph: Glyph) -> str:
    return f"{face.numbers[glyph]:04X}"


def _face(family: str, cell: Cell) -> Face:
    return load_faces()[f"{family}-{'Bold' if cell.bold else 'Regular'}"]


def _set_lines(text: str, cell: Cell, code: Code) -> Lettering:
    face = _face(LATIN, cell)
    size, rows = fitted(text, face, cell.size, cell.width * MM, cell.lines)
    leading = size * _LEADING / MM
    y = cell.y - leading * (len(rows) - 1) / 2
    drawn = []
    for number, row in enumerate(rows):
        indent = (cell.width - face.width(row) * size / MM) / 2 if cell.centred else 0
        codes = "".join([face.codes.get(letter) or code(face, face.glyph(letter)) for letter in row])
        place = f"{(cell.x + indent) * MM:.2f} {up(y + number * leading):.2f}"
        drawn.append(_shown(f"<{codes}>Tj", face, size, place, cell.colour))
    return Lettering("".join(drawn), leading * len(rows), size, arabic=False)


def _set_arabic(text: str, cell: Cell, code: Code) -> Lettering:
    """Runs from right to left; numbers and Latin words among them keep their own direction.

    Brackets would need the whole bidirectional algorithm: the sheet's own words have none.
    """
    runs = list(_arabic_runs(text, cell, code))
    natural = sum(advance for *_, advance in runs)
    size = min(cell.size, cell.width * MM / max(natural, _EMPTY))
    x = (cell.x + cell.width) * MM - ((cell.width * MM - natural * size) / 2 if cell.centred else 0)
    drawn = []
    for face, glyphs, advance in runs:
        x -= advance * size
        drawn.append(_shown(glyphs(size), face, size, f"{x:.2f} {up(cell.y):.2f}", cell.colour))
    return Lettering("".join(drawn), size * _LEADING / MM, size, arabic=True)


def _arabic_runs(text: str, cell: Cell, code: Code) -> Iterator[tuple[Face, Callable[[float], str], float]]:
    """Face, operators at a size and width at size 1 of each stretch of one script, in the order of reading."""
    for run in _RUN.findall(text):
        face = _face(ARABIC if _IS_ARABIC.match(run) else LATIN, cell)
        placed = face.shape(run)
        yield face, _joined(placed, face, code), sum(glyph.advance for glyph in placed) / 1000


def _joined(placed: Sequence[Placed], face: Face, code: Code) -> Callable[[float], str]:
    """Glyphs that may stand nearer, farther or higher than their own advances say."""
    codes = [code(face, one.glyph) for one in placed]

    def operators(size: float) -> str:
        drawn = ""
        for one, hexadecimal in zip(placed, codes, strict=True):
            after = face.drawn_advance(one.glyph) + one.right - one.advance
            shown = f"{-one.right or ''}<{hexadecimal}>{after or ''}"
            drawn += f"]TJ {one.up * size / 1000:.2f} Ts[{shown}]TJ 0 Ts[" if one.up else shown
        return f"[{drawn}]TJ".replace("[]TJ", "").replace("><", "")

    return operators


def _shown(operators: str, face: Face, size: float, place: str, colour: Colour) -> str:
    return f"BT {colour} rg/{NAMES.index(face.name)} {size:.2f} Tf {place} Td{operators} ET\n"


def up(y: float) -> float:
    """Points above the foot of the page, as PDF counts, from millimetres below its top."""
    return (PAGE_HEIGHT - y) * MM


def _wrapped(text: str, face: Face, width: float) -> list[str]:
    """Lines no wider than `width` (at size 1); a word wider than that stands alone and sticks out."""
    lines, line, taken = [], "", 0.0
    for piece in _PIECE.findall(text):
        advance = face.width(piece)
        if line and not piece.isspace() and taken + advance > width:
            lines.append(line.rstrip())
            line, taken = "", 0.0
        if line or not piece.isspace():
            line += piece
            taken += advance
    return [*lines, line.rstrip()]


def _cut(text: str, face: Face, width: float) -> list[str]:
    """Lines no wider than `width`, broken between any two letters."""
    lines = [""]
    for letter in text:
        if lines[-1] and face.width(lines[-1] + letter) > width:
            lines.append("")
        lines[-1] += letter
    return [line.strip() for line in lines]


def fitted(text: str, face: Face, size: float, width: float, lines: int) -> tuple[float, list[str]]:
    """The size, up to `size`, and the lines, up to so many, in which `text` fits `width` points.

    It shrinks a little before it takes another line. What fits in no such way is cut between letters and shrunk
    further, so that nothing ever leaves its cell or loses a letter.
    """
    natural = face.width(text)
    if natural * size * _SHRINK[1] <= width or lines == 1:
        return min(size, width / max(natural, _EMPTY)), [text]
    for count, (most, usual) in enumerate(pairwise(_SHRINK[1 : lines + 1]), start=2):
        least = _LEAST if count == lines else usual
        for step in range(5):
            trial = size * (most - (most - least) * step / 4)
            rows = _wrapped(text, face, width / trial)
            if len(rows) <= count and all(face.width(row) * trial <= width for row in rows):
                return trial, rows
    size *= _LEAST
    while len(rows := _cut(text, face, width / size)) > lines:
        size *= 0.95
    return size, rows
