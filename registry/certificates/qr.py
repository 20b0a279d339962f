"""QR symbols (ISO/IEC 18004) as true squares: for a PDF page and for a web page.

Text that fits the alphanumeric set, as every `HC1:` text does, is encoded in that mode: a third smaller than bytes.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Any, cast

import zxingcpp
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

QUIET_ZONE = 4
"""Modules of white that the standard asks for on each side."""

Matrix = list[bytes]
"""Rows of modules, a byte each: 1 is black, 0 is white."""

_BLACK = re.compile(b"\x01+")
_BLACK_OF_GREY = bytes([1]) + bytes(255)
_LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}

# Any of the eight masks makes a readable symbol; trying them all costs 22-29 ms, a given one 3-4 ms.
_MASK = 3


def qr_matrix(text: str, level: str = "M") -> Matrix:
    """The symbol without its quiet zone.

    `level` is the error correction: L, M, Q or H. Raises ValueError where a text is too long for any symbol.
    """
    return _signed_matrix(text, level) if text.startswith("HC1:") else _plain_matrix(text, level)


def _plain_matrix(text: str, level: str) -> Matrix:
    symbol = QRCode(error_correction=_LEVELS[level], border=0, mask_pattern=_MASK)
    symbol.add_data(text.encode(), optimize=0)
    symbol.make(fit=True)
    return [bytes(map(bool, row)) for row in symbol.get_matrix()]


def _signed_matrix(text: str, level: str) -> Matrix:
    """By another encoder: `qrcode` corrects errors in Python, 5-6 ms for a signed code; this takes 1 ms and picks the
    best mask. Two such codes made almost half the cost of a sheet (19 ms instead of 26 ms, measured on 2 cores)."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    # A buffer of grey values, which the package's stubs do not say.
    picture: Any = memoryview(cast(Any, symbol.to_image(scale=1, add_quiet_zones=False)))
    black, side = picture.tobytes().translate(_BLACK_OF_GREY), picture.shape[1]
    return [black[start : start + side] for start in range(0, len(black), side)]


def _runs(matrix: Matrix) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each row's number and its stretches of black modules, as (first column, column after the last)."""
    for number, row in enumerate(matrix):
        yield number, [stretch.span() for stretch in _BLACK.finditer(row)]


def qr_operators(matrix: Matrix) -> str:
    """PDF operators that fill the symbol, one module a unit, the lower left corner at the origin.

    One path of whole numbers: a viewer that smooths edges leaves no seams between its rectangles. Measured for a
    signed code of 69 modules: 0.5 ms and 3.2 KB; a 1-bit image takes 0.2 ms and 0.6 KB, but many viewers blur images.
    """
    path, top = list[str](), len(matrix) - 1
    for row, runs in _runs(matrix):
        up = f" {top - row} "
        path += [f"{start}{up}{end - start} 1 re" for start, end in runs]
    return "\n".join([*path, "f"])


def qr_svg(text: str, level: str = "M", *, label: str = "QR") -> str:
    """A whole `<svg>` element with its quiet zone; its size is the page's to give, by class or container.

    Presentation attributes only: our content security policy forbids inline style. `label` is read out to the blind.
    """
    matrix = qr_matrix(text, level)
    side = len(matrix) + 2 * QUIET_ZONE
    path = "".join(
        f"M{start + QUIET_ZONE} {row + QUIET_ZONE}h{end - start}v1h-{end - start}z"
        for row, runs in _runs(matrix)
        for start, end in runs
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="{escape(label)}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>'
    )
