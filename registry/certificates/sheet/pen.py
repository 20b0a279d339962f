"""What draws on a page: words, lines, boxes and codes, in millimetres from its top left corner."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

from registry.certificates.qr import QUIET_ZONE, qr_matrix, qr_operators
from registry.certificates.sheet.lettering import (
    MM,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    WHITE,
    Cell,
    Colour,
    Lettering,
    set_fixed_text,
    set_text,
    up,
)
from registry.certificates.sheet.pdf import Document
from registry.certificates.sheet.wording import Template

SMALLEST = 5.5
"""Smaller type, in points, nobody of seventy reads."""


class Pen:
    """Draws the pages of a document, one after the other, with the words of a template.

    On each page lines, boxes and codes come first, then what is Arabic, then the rest: readers that meet Arabic beside
    Latin on one line take its words in reverse order.
    `crowded` gathers the words that had to shrink below what people read.
    """

    def __init__(self, document: Document, template: Template) -> None:
        self._document, self.template = document, template
        self._ground: list[str] = []
        self._arabic: list[str] = []
        self._plain: list[str] = []
        self._tilted = False
        self.crowded: set[str] = set()

    def write(self, text: str, cell: Cell) -> float:
        """What belongs to one person. Returns the height of its lines in millimetres."""
        return self._put(text, set_text(text, cell, self._document.code))

    def fixed(self, text: str, cell: Cell) -> float:
        """Words that come back on other sheets, set once in a process: nothing of one pilgrim passes through here."""
        return self._put(text, set_fixed_text(text, cell) or set_text(text, cell, self._document.code))

    def _put(self, text: str, lettering: Lettering) -> float:
        layer = self._ground if self._tilted else self._arabic if lettering.arabic else self._plain
        layer.append(lettering.operators)
        if lettering.size < SMALLEST:
            self.crowded.add(text)
        return lettering.height

    def rule(self, x: float, y: float, width: float, *, colour: Colour, weight: float = 0.4) -> None:
        """A horizontal line, `weight` in points."""
        self._line(f"{x * MM:.2f} {up(y):.2f} m {(x + width) * MM:.2f} {up(y):.2f} l", colour, weight)

    def post(self, x: float, y: float, height: float, *, colour: Colour, weight: float = 0.4) -> None:
        """A vertical line, `weight` in points."""
        self._line(f"{x * MM:.2f} {up(y):.2f} m {x * MM:.2f} {up(y + height):.2f} l", colour, weight)

    def _line(self, ends: str, colour: Colour, weight: float) -> None:
        self._ground.append(f"{colour} RG {weight} w {ends} S\n")

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
        dashed: bool = False,
    ) -> None:
        """A rectangle hanging from its top left corner; `weight` is the edge's, in points."""
        place = f"{x * MM:.2f} {up(y + height):.2f} {width * MM:.2f} {height * MM:.2f} re"
        if fill:
            self._ground.append(f"{fill} rg {place} f\n")
        if edge:
            dash = "[1.5 2] 0 d" if dashed else "[] 0 d"
            self._ground.append(f"{edge} RG {weight} w {dash} {place} S [] 0 d\n")

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """A QR symbol of level M, black from `x` to `x + side`; its quiet zone is a white frame around that."""
        matrix = qr_matrix(text)
        module = side / len(matrix)
        quiet = QUIET_ZONE * module
        self.box(x - quiet, y - quiet, side + 2 * quiet, side + 2 * quiet, fill=WHITE)
        scale = f"{module * MM:.5f}"
        place = f"{scale} 0 0 {scale} {x * MM:.2f} {up(y + side):.2f} cm"
        self._ground.append(f"q {place} 0 g\n{qr_operators(matrix)}\nQ\n")

    @contextmanager
    def tilted(self) -> Iterator[None]:
        """Across the page: the middle of its top edge comes to its middle, along the diagonal."""
        middle = f"{PAGE_WIDTH * MM / 2:.2f} {PAGE_HEIGHT * MM / 2:.2f}"
        cosine, sine = [".61566", ".78801"]  # 52 degrees
        self._ground.append(f"q {cosine} {sine} -{sine} {cosine} {middle} cm 1 0 0 1 0 {-PAGE_HEIGHT * MM:.2f} cm\n")
        self._tilted = True
        yield
        self._tilted = False
        self._ground.append("Q\n")

    def turn_page(self) -> None:
        """This page is done: it leaves the memory."""
        layers = (self._ground, self._arabic, self._plain)
        self._document.add_page("".join(chain(*layers)))
        for layer in layers:
            layer.clear()
